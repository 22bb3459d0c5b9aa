import { type Affine, affine, type Buffer, bf16ToF32, type Herd, type Statement } from '@tilewright/spec';
import { call, contiguous, get, loop, put, sum, times } from '../program/statements.ts';
import type { AttentionTiling } from './flash-attention-tiling.ts';

/** The lowest finite bf16 number: the maximum before any key, and the score of a masked one. */
const LOWEST = bf16ToF32(0xff7f);

/**
 * The cores of one head of those that run side by side: a column per query tile, a row per
 * contiguous part of the keys. Row 0 ends the cascade, normalises and writes.
 */
export function attentionHerd(t: AttentionTiling, side: number): Herd {
  const ends: Statement = { kind: 'if', value: times('y', 1), is: 'zero', body: lastRow(t, side) };
  const passes: Statement = { kind: 'if', value: times('y', 1), is: 'positive', body: upperRow(t, side) };
  return {
    name: `cores-${side}`,
    columns: t.numQTiles,
    rows: t.numCascadeStages,
    at: null,
    buffers: coreBuffers(t),
    // Each row's whole program stands in one block, so that what it puts is claimed before it is overwritten.
    body: t.numCascadeStages > 1 ? [ends, passes] : [ends],
  };
}

function coreBuffers(t: AttentionTiling): Buffer[] {
  const buffer = (name: string, elements: number): Buffer => ({ name, format: 'bf16', elements });
  const own = [
    buffer('query', t.tileQ * t.headDim),
    buffer('stream', Math.max(t.tileQ, t.lkp) * t.lkp),
    buffer('value', t.lkp * t.dvTile),
    buffer('scores', t.tileQ * t.lkp),
    buffer('output', t.tileQ * t.dvTile),
    ...['maximum', 'sum', 'factor', 'sums'].map((name) => buffer(name, t.tileQ)),
  ];
  if (t.numCascadeStages === 1) return own;
  return [
    ...own,
    buffer('other-output', t.tileQ * t.dvTile),
    buffer('other-maximum', t.tileQ),
    buffer('other-sum', t.tileQ),
  ];
}

function lastRow(t: AttentionTiling, side: number): Statement[] {
  const width = t.dvTile;
  return [
    ...partialAttention(t, side),
    ...(t.numCascadeStages > 1 ? takeFromNorth(t, side) : []),
    call('attention-normalise', { output: 'output', sum: 'sum' }, { queries: t.tileQ, width }),
    put('output-l1-l2', [side, times('x', 1)], 'output', contiguous(t.tileQ * width)),
  ];
}

function upperRow(t: AttentionTiling, side: number): Statement[] {
  const southwards = [side, times('x', 1), affine(-1, { y: 1 })];
  const merge: Statement = {
    kind: 'if',
    value: affine(t.numCascadeStages - 1, { y: -1 }),
    is: 'positive',
    body: takeFromNorth(t, side),
  };
  return [
    ...partialAttention(t, side),
    ...(t.numCascadeStages > 2 ? [merge] : []),
    put('partial', southwards, 'output', contiguous(t.tileQ * t.dvTile)),
    put('partial', southwards, 'maximum', contiguous(t.tileQ)),
    put('partial', southwards, 'sum', contiguous(t.tileQ)),
  ];
}

/** Takes the partial result of the row above into this one's. */
function takeFromNorth(t: AttentionTiling, side: number): Statement[] {
  const here = [side, times('x', 1), times('y', 1)];
  return [
    get('partial', here, 'other-output', contiguous(t.tileQ * t.dvTile)),
    get('partial', here, 'other-maximum', contiguous(t.tileQ)),
    get('partial', here, 'other-sum', contiguous(t.tileQ)),
    call(
      'attention-merge',
      {
        output: 'output',
        maximum: 'maximum',
        sum: 'sum',
        otherOutput: 'other-output',
        otherMaximum: 'other-maximum',
        otherSum: 'other-sum',
      },
      { queries: t.tileQ, width: t.dvTile, scale: scaleOf(t) },
    ),
  ];
}

/** Attention of the core's query tile over its row's part of the keys, not normalised. */
function partialAttention(t: AttentionTiling, side: number): Statement[] {
  return [
    call('zero-bf16', { c: 'output' }, { n: t.tileQ * t.dvTile }),
    call('zero-bf16', { c: 'sum' }, { n: t.tileQ }),
    call('fill-bf16', { c: 'maximum' }, { n: t.tileQ, value: LOWEST }),
    ...captureQuery(t, side),
    loop('chunk', t.chunks, ...attendChunk(t, side)),
  ];
}

/** Every core sees the query tiles of all columns and keeps its own. */
function captureQuery(t: AttentionTiling, side: number): Statement[] {
  const tile = t.tileQ * t.lkp;
  return Array.from({ length: t.numQTiles }, (_, column) => {
    const keep = call('copy-bf16', { a: 'stream', c: { buffer: 'query', offset: times('depth', tile) } }, { n: tile });
    return loop(
      'depth',
      t.depthTiles,
      get('query-key-l2-l1', [side, times('y', 1), times('x', 1)], 'stream', contiguous(tile)),
      { kind: 'if', value: affine(-column, { x: 1 }), is: 'zero', body: [keep] },
    );
  });
}

function attendChunk(t: AttentionTiling, side: number): Statement[] {
  const here = [side, times('y', 1), times('x', 1)];
  const queries = t.tileQ;
  const keys = t.lkp;
  const scores = { queries, keys };
  return [
    call('zero-bf16', { c: 'scores' }, { n: queries * keys }),
    loop(
      'depth',
      t.depthTiles,
      get('query-key-l2-l1', here, 'stream', contiguous(keys * keys)),
      call(
        'attention-scores',
        { query: { buffer: 'query', offset: times('depth', queries * keys) }, key: 'stream', scores: 'scores' },
        { ...scores, depth: keys },
      ),
    ),
    ...(t.causal
      ? [call('attention-mask', { scores: 'scores' }, { ...scores, queryStart: queryStart(t), keyStart: keyStart(t) })]
      : []),
    call(
      'attention-softmax',
      { scores: 'scores', maximum: 'maximum', factor: 'factor', sums: 'sums' },
      { ...scores, scale: scaleOf(t) },
    ),
    call('attention-rescale', { output: 'output', factor: 'factor' }, { queries, width: t.dvTile }),
    get('value-l2-l1', here, 'value', contiguous(keys * t.dvTile)),
    call('matmul-bfp16-bf16', { a: 'scores', b: 'value', c: 'output' }, { m: queries, k: keys, n: t.dvTile }),
    call('attention-sum', { sum: 'sum', factor: 'factor', sums: 'sums' }, { queries }),
  ];
}

function queryStart(t: AttentionTiling): Affine {
  return affine(0, { queryBlock: t.lqp, x: t.tileQ });
}

function keyStart(t: AttentionTiling): Affine {
  return sum(times('y', t.rows / t.numCascadeStages), times('chunk', t.lkp));
}

function scaleOf(t: AttentionTiling): number {
  return Math.LOG2E / Math.sqrt(t.scaleDim);
}
