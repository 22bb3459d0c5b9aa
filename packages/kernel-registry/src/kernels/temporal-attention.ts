import { affine, type DeviceModel, type KernelConfig, type Launch, type Statement } from '@tilewright/spec';
import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { ATTENTION_SHAPE, attentionArguments } from './attention-shape.ts';
import { temporalHerd } from './temporal-attention-core.ts';
import {
  BLOCK,
  TEMPORAL_ATTENTION,
  TEMPORAL_ATTENTION_CONFIG,
  TEMPORAL_ATTENTION_STACK_BYTES,
  type TemporalTiling,
  temporalDeviceLimits,
  temporalTiling,
  temporalTilingLimits,
} from './temporal-attention-tiling.ts';

const KEY_CHUNKS = [32, 64, 16];

/**
 * The temporal-causal variant: dataflows.md, 7.2. A launch iteration is one key-value head; its query heads
 * have a block of cores each, and keys and values are read once for all of them. Where the published one
 * merges keys and values by packets on the way, here the memtiles do.
 */
function launch(t: TemporalTiling): Launch {
  const stream = { kind: 'stream', format: 'bf16', broadcast: null } as const;
  const { group } = t;
  const blocks = { variable: 'block', extent: group };
  const headsFirst = t.layout === 'heads-first';
  const headStep = headsFirst ? t.rows * t.headDim : t.headDim;
  const queryRow = headsFirst ? t.headDim : t.queryWidth;
  const keyRow = headsFirst ? t.headDim : t.keyValueWidth;
  const tile = t.tileQ * t.headDim;
  const chunk = t.lkp * t.headDim;
  const head = affine(0, { keyValueHead: group * headStep, block: headStep });
  const keys = (channel: string, argument: string): Statement[] => {
    const prefix = (chunks: number): Statement =>
      put(channel, [0], argument, rowsOf(chunks * t.lkp, t.headDim, keyRow, times('keyValueHead', headStep)));
    return everyRound(t, prefix);
  };
  const relay = (from: string, buffer: string): Statement[] => [
    get(from, [times('block', 1)], buffer, contiguous(chunk)),
    put('key-value-l2-l1', [times('block', 1), 0, 0], buffer, strided([t.headDim / 8, t.lkp, 8], [8, t.headDim, 1])),
  ];
  const sides = { variable: 'side', extent: BLOCK.columns };
  return {
    name: TEMPORAL_ATTENTION,
    grid: [{ variable: 'keyValueHead', extent: t.keyValueHeads }],
    batchTiling: [1],
    pingPong: 'none',
    stackBytes: TEMPORAL_ATTENTION_STACK_BYTES,
    channels: [
      { ...stream, name: 'query-l3-l2', shape: [group] },
      { ...stream, name: 'query-l2-l1', shape: [group, 1, BLOCK.rows], broadcast: [group, BLOCK.columns, BLOCK.rows] },
      { ...stream, name: 'key-l3-l2', shape: [1], broadcast: [group] },
      { ...stream, name: 'value-l3-l2', shape: [1], broadcast: [group] },
      { ...stream, name: 'key-value-l2-l1', shape: [group, 1, 1], broadcast: [group, BLOCK.columns, BLOCK.rows] },
      { ...stream, name: 'output-l1-l2', shape: [group, BLOCK.columns, BLOCK.rows] },
      { ...stream, name: 'output-l2-l3', shape: [group, BLOCK.columns] },
    ],
    shim: [
      {
        name: 'query-in',
        parallel: [blocks],
        body: [put('query-l3-l2', [times('block', 1)], 'q', rowsOf(t.rows, t.headDim, queryRow, head))],
      },
      { name: 'key-in', parallel: [], body: keys('key-l3-l2', 'k') },
      { name: 'value-in', parallel: [], body: keys('value-l3-l2', 'v') },
      {
        name: 'output-out',
        parallel: [blocks, sides],
        body: [
          loop(
            'round',
            t.rounds,
            get(
              'output-l2-l3',
              [times('block', 1), times('side', 1)],
              'output',
              strided(
                [BLOCK.rows, t.tileQ, t.headDim],
                [BLOCK.columns * t.tileQ * queryRow, queryRow, 1],
                sum(head, times('round', t.lqp * queryRow), times('side', t.tileQ * queryRow)),
              ),
            ),
          ),
        ],
      },
    ],
    memtile: [
      {
        name: 'query',
        parallel: [blocks],
        column: times('block', BLOCK.columns),
        buffers: [{ name: 'queries', format: 'bf16', elements: t.lqp * t.headDim }],
        body: [
          loop(
            'round',
            t.rounds,
            get('query-l3-l2', [times('block', 1)], 'queries', contiguous(t.lqp * t.headDim)),
            ...Array.from({ length: BLOCK.rows }, (_, row) =>
              put(
                'query-l2-l1',
                [times('block', 1), 0, row],
                'queries',
                strided(
                  [BLOCK.columns, t.headDim / 8, t.tileQ, 8],
                  [tile, 8, t.headDim, 1],
                  row * BLOCK.columns * tile,
                ),
              ),
            ),
          ),
        ],
      },
      {
        name: 'key-value',
        parallel: [blocks],
        column: affine(1, { block: BLOCK.columns }),
        buffers: ['keys', 'values'].map((name) => ({ name, format: 'bf16', elements: chunk })),
        body: [
          loop(
            'chunk',
            t.chunksOfRound.reduce((total, count) => total + count, 0),
            ...relay('key-l3-l2', 'keys'),
            ...relay('value-l3-l2', 'values'),
          ),
        ],
      },
      {
        name: 'output',
        parallel: [blocks, sides],
        column: affine(0, { block: BLOCK.columns, side: 1 }),
        buffers: [{ name: 'rows', format: 'bf16', elements: BLOCK.rows * tile }],
        body: [
          loop(
            'round',
            t.rounds,
            ...Array.from({ length: BLOCK.rows }, (_, row) =>
              get(
                'output-l1-l2',
                [times('block', 1), times('side', 1), row],
                'rows',
                strided([t.headDim / 8, t.tileQ, 8], [8, t.headDim, 1], row * tile),
              ),
            ),
            put('output-l2-l3', [times('block', 1), times('side', 1)], 'rows', contiguous(BLOCK.rows * tile)),
          ),
        ],
      },
    ],
    herds: Array.from({ length: group }, (_, block) => temporalHerd(t, block)),
  };
}

/** One statement per round; equal rounds are one loop. */
function everyRound(t: TemporalTiling, of: (chunks: number) => Statement): Statement[] {
  const [chunks] = t.chunksOfRound;
  return chunks !== undefined && t.chunksOfRound.every((count) => count === chunks)
    ? [loop('round', t.rounds, of(chunks))]
    : t.chunksOfRound.map(of);
}

/** `rows` runs of `width` elements, joined where they lie one after the other. */
function rowsOf(rows: number, width: number, stride: number, offset: ReturnType<typeof affine>) {
  return stride === width ? contiguous(rows * width, offset) : strided([rows, width], [stride, 1], offset);
}

function configurations(shape: KernelShape, device: DeviceModel): readonly KernelConfig[] {
  return (['sequence-first', 'heads-first'] as const).flatMap((layout) =>
    KEY_CHUNKS.map((lkp) => ({ layout, lqp: BLOCK.cores * lkp, lkp })).filter(
      (config) => limits(shape, config, device).length === 0,
    ),
  );
}

const limits: KernelDefinition['limits'] = (shape, config, device) => {
  const t = temporalTiling(shape, config);
  return [...temporalTilingLimits(t), ...temporalDeviceLimits(t, device)];
};

/** Causal attention whose cores walk the keys in time instead of splitting them: used by Llama-3.2-3B. */
export const temporalAttention: KernelDefinition = {
  name: TEMPORAL_ATTENTION,
  version: 1,
  summary: 'output = softmax(q·kᵀ / √scaleDim)·v per head, causal; keys and values read once per group of query heads',
  shapeNames: ATTENTION_SHAPE,
  configNames: TEMPORAL_ATTENTION_CONFIG,
  datapath: 'As flash-attention, without its merge of partial results (published mean relative L1 3.7e-2).',
  configurations,
  limits,
  padded: (shape) => ({
    ...shape,
    rows: Math.ceil(dimension(TEMPORAL_ATTENTION, shape, 'rows') / 256) * 256,
  }),
  build(shape, config) {
    const t = temporalTiling(shape, config);
    assertLegal(TEMPORAL_ATTENTION, shape, temporalTilingLimits(t));
    return {
      hostPath: 'elf',
      arguments: attentionArguments(t),
      launches: [launch(t)],
    };
  },
};
