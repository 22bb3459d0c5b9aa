import { type Affine, affine, type Buffer, bf16ToF32, type Herd, type Statement } from '@tilewright/spec';
import { call, contiguous, get, loop, put, sum, times } from '../program/statements.ts';
import { BLOCK, type TemporalTiling } from './temporal-attention-tiling.ts';

/** The lowest finite bf16 number: the maximum before any key. */
const LOWEST = bf16ToF32(0xff7f);

/** The cores of one query head: a query tile each, in pairs along a row; each walks the keys by itself. */
export function temporalHerd(t: TemporalTiling, block: number): Herd {
  return {
    name: `cores-${block}`,
    columns: BLOCK.columns,
    rows: BLOCK.rows,
    at: { column: BLOCK.columns * block, row: 2 },
    buffers: coreBuffers(t),
    body: rounds(t, block),
  };
}

function coreBuffers(t: TemporalTiling): Buffer[] {
  const buffer = (name: string, elements: number): Buffer => ({ name, format: 'bf16', elements });
  const tile = t.tileQ * t.headDim;
  return [
    buffer('pair', 2 * tile),
    buffer('query', tile),
    buffer('stream', t.lkp * t.headDim),
    buffer('scores', t.tileQ * t.lkp),
    buffer('output', tile),
    ...['maximum', 'sum', 'factor', 'sums'].map((name) => buffer(name, t.tileQ)),
  ];
}

/** Few rounds are unrolled, each over its causal prefix; many are a loop over all keys. */
function rounds(t: TemporalTiling, block: number): Statement[] {
  const [chunks] = t.chunksOfRound;
  if (chunks !== undefined && t.chunksOfRound.every((count) => count === chunks)) {
    return [loop('round', t.rounds, ...round(t, block, times('round', t.lqp), chunks))];
  }
  return t.chunksOfRound.map((count, index) =>
    loop(`round${index}`, 1, ...round(t, block, affine(index * t.lqp), count)),
  );
}

function round(t: TemporalTiling, block: number, firstQuery: Affine, chunks: number): Statement[] {
  const tile = t.tileQ * t.headDim;
  const here = [block, times('x', 1), times('y', 1)];
  const keep = (side: number): Statement =>
    call('copy-bf16', { a: { buffer: 'pair', offset: side * tile }, c: 'query' }, { n: tile });
  const queryStart = sum(firstQuery, affine(0, { y: BLOCK.columns * t.tileQ, x: t.tileQ }));
  return [
    call('zero-bf16', { c: 'output' }, { n: tile }),
    call('zero-bf16', { c: 'sum' }, { n: t.tileQ }),
    call('fill-bf16', { c: 'maximum' }, { n: t.tileQ, value: LOWEST }),
    get('query-l2-l1', here, 'pair', contiguous(2 * tile)),
    { kind: 'if', value: times('x', 1), is: 'zero', body: [keep(0)] },
    { kind: 'if', value: times('x', 1), is: 'positive', body: [keep(1)] },
    loop('chunk', chunks, ...attendChunk(t, here, queryStart)),
    call('attention-normalise', { output: 'output', sum: 'sum' }, { queries: t.tileQ, width: t.headDim }),
    put('output-l1-l2', here, 'output', contiguous(tile)),
  ];
}

/** Keys and values of a chunk come one after the other on the same channel. */
function attendChunk(t: TemporalTiling, here: readonly (Affine | number)[], queryStart: Affine): Statement[] {
  const queries = t.tileQ;
  const keys = t.lkp;
  const scores = { queries, keys };
  const scale = Math.LOG2E / Math.sqrt(t.scaleDim);
  const take = get('key-value-l2-l1', here, 'stream', contiguous(keys * t.headDim));
  return [
    call('zero-bf16', { c: 'scores' }, { n: queries * keys }),
    loop(
      'key',
      1,
      take,
      call('attention-scores', { query: 'query', key: 'stream', scores: 'scores' }, { ...scores, depth: t.headDim }),
    ),
    call('attention-mask', { scores: 'scores' }, { ...scores, queryStart, keyStart: times('chunk', keys) }),
    call(
      'attention-softmax',
      { scores: 'scores', maximum: 'maximum', factor: 'factor', sums: 'sums' },
      { ...scores, scale },
    ),
    call('attention-rescale', { output: 'output', factor: 'factor' }, { queries, width: t.headDim }),
    loop(
      'value',
      1,
      take,
      call('matmul-bfp16-bf16', { a: 'scores', b: 'stream', c: 'output' }, { m: queries, k: keys, n: t.headDim }),
    ),
    call('attention-sum', { sum: 'sum', factor: 'factor', sums: 'sums' }, { queries }),
  ];
}
