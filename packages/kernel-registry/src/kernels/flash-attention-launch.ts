import {
  type AccessPattern,
  type Affine,
  affine,
  type Launch,
  type Loop,
  type MemtileProcess,
  type ShimProcess,
} from '@tilewright/spec';
import { contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { attentionHerd } from './flash-attention-core.ts';
import {
  type AttentionTiling,
  FLASH_ATTENTION,
  FLASH_ATTENTION_STACK_BYTES,
  unrollsWithinGroup,
} from './flash-attention-tiling.ts';

/**
 * The cascade variant of FlashAttention: dataflows.md, 7.1. Every launch iteration takes `lqp` queries of
 * `headsPerUnroll` heads through all keys, for one tile of the value dimension, and is a batch of its own.
 */
export function attentionLaunch(t: AttentionTiling): Launch {
  const { headsPerUnroll, numCascadeStages, numQTiles } = t;
  const within = unrollsWithinGroup(t);
  const stream = { kind: 'stream', format: 'bf16', broadcast: null } as const;
  const toRow = {
    ...stream,
    shape: [headsPerUnroll, numCascadeStages, 1],
    broadcast: [headsPerUnroll, numCascadeStages, numQTiles],
  };
  return {
    name: FLASH_ATTENTION,
    grid: [
      { variable: 'queryBlock', extent: t.rows / t.lqp },
      { variable: 'keyValueHead', extent: within ? t.keyValueHeads : t.keyValueHeads / headsPerUnroll },
      { variable: 'member', extent: within ? t.group / headsPerUnroll : t.group },
      { variable: 'valueTile', extent: t.headDim / t.dvTile },
    ],
    batchTiling: [1, 1, 1, 1],
    pingPong: 'none',
    stackBytes: FLASH_ATTENTION_STACK_BYTES,
    channels: [
      { name: 'query-key-l3-l2', ...stream, shape: [headsPerUnroll, numCascadeStages] },
      { name: 'query-key-l2-l1', ...toRow },
      { name: 'value-l3-l2', ...stream, shape: [headsPerUnroll, numCascadeStages] },
      { name: 'value-l2-l1', ...toRow },
      { name: 'output-l1-l2', ...stream, shape: [headsPerUnroll, numQTiles] },
      { name: 'output-l2-l3', ...stream, shape: [headsPerUnroll, numQTiles / t.gather] },
      // From the row above: index y is taken by row y.
      ...(numCascadeStages > 1
        ? [
            {
              ...stream,
              name: 'partial',
              kind: 'cascade' as const,
              shape: [headsPerUnroll, numQTiles, numCascadeStages - 1],
            },
          ]
        : []),
    ],
    shim: shimProcesses(t),
    memtile: memtileProcesses(t),
    herds: Array.from({ length: headsPerUnroll }, (_, side) => attentionHerd(t, side)),
  };
}

function sides(t: AttentionTiling): Loop {
  return { variable: 'side', extent: t.headsPerUnroll };
}

/** First element of a head in a buffer, per `factor` elements from head to head. */
function queryHead(t: AttentionTiling, factor: number): Affine {
  return unrollsWithinGroup(t)
    ? affine(0, { keyValueHead: t.group * factor, member: t.headsPerUnroll * factor, side: factor })
    : affine(0, { keyValueHead: t.headsPerUnroll * t.group * factor, side: t.group * factor, member: factor });
}

function keyValueHead(t: AttentionTiling, factor: number): Affine {
  return unrollsWithinGroup(t)
    ? affine(0, { keyValueHead: factor })
    : affine(0, { keyValueHead: t.headsPerUnroll * factor, side: factor });
}

function shimProcesses(t: AttentionTiling): ShimProcess[] {
  const headsFirst = t.layout === 'heads-first';
  const headStep = headsFirst ? t.rows * t.headDim : t.headDim;
  const queryRow = headsFirst ? t.headDim : t.queryWidth;
  const keyRow = headsFirst ? t.headDim : t.keyValueWidth;
  const stageKeys = t.rows / t.numCascadeStages;
  const gathered = t.gather * t.tileQ;
  const parallel = [sides(t), { variable: 'stage', extent: t.numCascadeStages }];
  const here = [times('side', 1), times('stage', 1)];
  const keysAt = sum(keyValueHead(t, headStep), times('stage', stageKeys * keyRow));
  return [
    {
      name: 'query-key-in',
      parallel,
      body: [
        put(
          'query-key-l3-l2',
          here,
          'q',
          compact(
            [t.numQTiles, t.depthTiles, t.tileQ, t.lkp],
            [t.tileQ * queryRow, t.lkp, queryRow, 1],
            sum(queryHead(t, headStep), times('queryBlock', t.lqp * queryRow)),
          ),
        ),
        put(
          'query-key-l3-l2',
          here,
          'k',
          compact([t.chunks, t.depthTiles, t.lkp, t.lkp], [t.lkp * keyRow, t.lkp, keyRow, 1], keysAt),
        ),
      ],
    },
    {
      name: 'value-in',
      parallel,
      body: [
        put(
          'value-l3-l2',
          here,
          'v',
          compact([t.chunks, t.lkp, t.dvTile], [t.lkp * keyRow, keyRow, 1], sum(keysAt, times('valueTile', t.dvTile))),
        ),
      ],
    },
    {
      name: 'output-out',
      parallel: [sides(t), { variable: 'part', extent: t.numQTiles / t.gather }],
      body: [
        get(
          'output-l2-l3',
          [times('side', 1), times('part', 1)],
          'output',
          compact(
            [gathered, t.dvTile],
            [queryRow, 1],
            sum(
              queryHead(t, headStep),
              times('queryBlock', t.lqp * queryRow),
              times('part', gathered * queryRow),
              times('valueTile', t.dvTile),
            ),
          ),
        ),
      ],
    },
  ];
}

function memtileProcesses(t: AttentionTiling): MemtileProcess[] {
  const stages = [sides(t), { variable: 'stage', extent: t.numCascadeStages }];
  const here = [times('side', 1), times('stage', 1)];
  const column = affine(0, { side: t.numCascadeStages, stage: 1 });
  const toRow = [...here, 0];
  const output = t.tileQ * t.dvTile;
  const relay = (buffer: string, from: string, to: string, rows: number, columns: number) => [
    get(from, here, buffer, contiguous(rows * columns)),
    put(to, toRow, buffer, toBlocks(rows, columns)),
  ];
  return [
    {
      name: 'query-key',
      parallel: stages,
      column,
      buffers: [{ name: 'tile', format: 'bf16', elements: Math.max(t.tileQ, t.lkp) * t.lkp }],
      body: [
        loop(
          'tile',
          t.numQTiles * t.depthTiles,
          ...relay('tile', 'query-key-l3-l2', 'query-key-l2-l1', t.tileQ, t.lkp),
        ),
        loop('tile', t.chunks * t.depthTiles, ...relay('tile', 'query-key-l3-l2', 'query-key-l2-l1', t.lkp, t.lkp)),
      ],
    },
    {
      name: 'value',
      parallel: stages,
      column,
      buffers: [{ name: 'tile', format: 'bf16', elements: t.lkp * t.dvTile }],
      body: [loop('chunk', t.chunks, ...relay('tile', 'value-l3-l2', 'value-l2-l1', t.lkp, t.dvTile))],
    },
    {
      name: 'output',
      parallel: [sides(t), { variable: 'part', extent: t.numQTiles / t.gather }],
      column: affine(0, { side: t.numQTiles, part: t.gather }),
      buffers: [{ name: 'rows', format: 'bf16', elements: t.gather * output }],
      body: [
        ...Array.from({ length: t.gather }, (_, tile) =>
          get(
            'output-l1-l2',
            [times('side', 1), affine(tile, { part: t.gather })],
            'rows',
            strided([t.dvTile / 8, t.tileQ, 8], [8, t.dvTile, 1], tile * output),
          ),
        ),
        put('output-l2-l3', [times('side', 1), times('part', 1)], 'rows', contiguous(t.gather * output)),
      ],
    },
  ];
}

/** Row-major [rows, columns] read as 8x8 blocks [columns/8, rows/8, 8, 8]; both row dimensions are one. */
function toBlocks(rows: number, columns: number): AccessPattern {
  return strided([columns / 8, rows, 8], [8, columns, 1]);
}

/** An access without dimensions of extent 1, and with neighbours joined where one continues the other. */
function compact(sizes: readonly number[], strides: readonly number[], offset: Affine): AccessPattern {
  const kept: { size: number; stride: number }[] = [];
  for (let i = sizes.length - 1; i >= 0; i--) {
    const size = sizes[i] as number;
    const stride = strides[i] as number;
    const inner = kept[0];
    if (size === 1 && i < sizes.length - 1) continue;
    if (inner !== undefined && inner.size * inner.stride === stride)
      kept[0] = { size: inner.size * size, stride: inner.stride };
    else kept.unshift({ size, stride });
  }
  return strided(
    kept.map(({ size }) => size),
    kept.map(({ stride }) => stride),
    offset,
  );
}
