import { affine, type DeviceModel, type KernelConfig, type Launch, type Statement } from '@tilewright/spec';
import { assertLegal, dimension, limitList, realDimension, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { partialElements } from './gemv-cascade-tiling.ts';
import { outputPanel } from './output-panel.ts';

const NAME = 'norm-swiglu-gemv';
const STACK_BYTES = 1024;
const LANES = 16;
/** Above this the published builder would need more rows of cores than there are. */
const WIDEST = 2560;

interface SwigluTiling {
  /** Outputs: gate rows, and as many up rows. */
  readonly hidden: number;
  readonly k: number;
  /** The true length of a row, by which the mean is taken. */
  readonly count: number;
  readonly epsilon: number;
  /** Rows of the interleaved matrix per column and iteration, and per call. */
  readonly tileM: number;
  readonly mInput: number;
  readonly herdColumns: number;
  readonly cascadeStages: number;
  readonly batch: number;
  /** Of K, per row of cores. */
  readonly slice: number;
}

const CONFIG = ['tileM', 'mInput', 'herdColumns', 'cascadeStages', 'batch'] as const;

function tiling(shape: KernelShape, config: KernelConfig): SwigluTiling {
  const k = dimension(NAME, shape, 'k');
  const set = (name: (typeof CONFIG)[number]): number => setting(NAME, config, name);
  return {
    hidden: dimension(NAME, shape, 'hidden'),
    k,
    count: dimension(NAME, shape, 'count'),
    epsilon: realDimension(NAME, shape, 'epsilon'),
    tileM: set('tileM'),
    mInput: set('mInput'),
    herdColumns: set('herdColumns'),
    cascadeStages: set('cascadeStages'),
    batch: set('batch'),
    slice: k / set('cascadeStages'),
  };
}

function tilingLimits(t: SwigluTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.holds('cascade-length', t.cascadeStages >= 2, t.cascadeStages, 2, 'a cascade has at least two rows of cores');
  list.holds('width', t.k < WIDEST, t.k, WIDEST - 1, 'a wider row needs a longer cascade than the array has rows');
  list.multiple('lanes', t.k, 64 * t.cascadeStages, 'each row of cores takes a multiple of 64 of k');
  list.multiple('divide-hidden', t.hidden, 512, 'hidden must be a multiple of 512');
  list.multiple('divide-hidden', 2 * t.hidden, t.tileM * t.herdColumns, 'gate and up rows must fill whole tiles');
  list.multiple('tile-pairs', t.tileM, 2 * LANES, 'tileM must be a multiple of 32: 16 lanes of pairs');
  list.multiple('divide-tile', t.tileM, t.mInput, 'tileM must be a multiple of mInput');
  list.atMost('count', t.count, t.k, 'count is the true length of a row, at most the padded one');
  return list.broken;
}

function l1Bytes(t: SwigluTiling): number {
  const sums = partialElements(t.tileM);
  return (t.tileM * t.slice + 3 * t.k + t.tileM / 2) * 2 + 2 * sums * 4 + STACK_BYTES;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tiling(shape, config);
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('cascade-length', t.cascadeStages, device.computeRows, 'each part of k is a row of cores');
  list.atMost('l1', l1Bytes(t), device.l1BytesPerTile, 'L1 of a core: reduce tileM');
  const panels = (t.tileM * t.k + 2 * t.k) * 2 + t.tileM;
  list.atMost('l2', panels, device.l2BytesPerMemtile, 'L2 of a memtile: reduce tileM');
  return [...tilingLimits(t), ...list.broken];
}

/**
 * RMSNorm, gate and up projection and SwiGLU of one row in one launch: dataflows.md, 3.4. Every core
 * normalises the whole row again in every iteration and multiplies its part of K; the sums go south
 * over the cascade, and row 0 makes one output of each pair of rows.
 */
function launch(t: SwigluTiling): Launch {
  const { k, tileM, herdColumns, cascadeStages, slice } = t;
  const columns = [{ variable: 'x', extent: herdColumns }];
  const here = [times('x', 1)];
  const outputs = tileM / 2;
  const firstOutput = sum(times('i', herdColumns * outputs), times('x', outputs));
  const stream = { kind: 'stream', format: 'bf16', broadcast: null } as const;
  return {
    name: NAME,
    grid: [{ variable: 'i', extent: (2 * t.hidden) / (tileM * herdColumns) }],
    batchTiling: [t.batch],
    pingPong: 'none',
    stackBytes: STACK_BYTES,
    channels: [
      { ...stream, name: 'a-l3-l2', shape: [herdColumns] },
      { ...stream, name: 'a-l2-l1', shape: [herdColumns, cascadeStages] },
      { ...stream, name: 'input-l3-l2', shape: [1] },
      { ...stream, name: 'weight-l3-l2', shape: [1] },
      { ...stream, name: 'row-l2-l1', shape: [1, 1], broadcast: [herdColumns, cascadeStages] },
      // From the row above: index y is taken by row y.
      { name: 'partial', kind: 'cascade', format: 'f32', shape: [herdColumns, cascadeStages - 1], broadcast: null },
      { ...stream, name: 'output-l1-l2', shape: [herdColumns] },
      { ...stream, name: 'output-l2-l3', shape: [herdColumns] },
    ],
    shim: [
      {
        name: 'a-in',
        parallel: columns,
        body: [
          put(
            'a-l3-l2',
            here,
            'a',
            contiguous(tileM * k, sum(times('i', herdColumns * tileM * k), times('x', tileM * k))),
          ),
        ],
      },
      { name: 'input-in', parallel: [], body: [put('input-l3-l2', [0], 'input', contiguous(k))] },
      { name: 'weight-in', parallel: [], body: [put('weight-l3-l2', [0], 'weight', contiguous(k))] },
      {
        name: 'output-out',
        parallel: columns,
        body: [get('output-l2-l3', here, 'output', contiguous(outputs, firstOutput))],
      },
    ],
    memtile: [
      {
        name: 'a-panel',
        parallel: columns,
        column: times('x', 1),
        buffers: [{ name: 'a-l2', format: 'bf16', elements: tileM * k }],
        body: [
          get('a-l3-l2', here, 'a-l2', contiguous(tileM * k)),
          ...Array.from({ length: cascadeStages }, (_, index) => cascadeStages - 1 - index).map((stage) =>
            put('a-l2-l1', [times('x', 1), stage], 'a-l2', strided([tileM, slice], [k, 1], stage * slice)),
          ),
        ],
      },
      {
        name: 'row-panel',
        parallel: [],
        column: null,
        buffers: [{ name: 'row-l2', format: 'bf16', elements: 2 * k }],
        body: [
          get('input-l3-l2', [0], 'row-l2', contiguous(k)),
          get('weight-l3-l2', [0], 'row-l2', contiguous(k, k)),
          put('row-l2-l1', [0, 0], 'row-l2', contiguous(2 * k)),
        ],
      },
      outputPanel('output', herdColumns, outputs),
    ],
    herds: [
      {
        name: 'cores',
        columns: herdColumns,
        rows: cascadeStages,
        at: null,
        buffers: [
          { name: 'row', format: 'bf16', elements: 2 * k },
          { name: 'normalised', format: 'bf16', elements: k },
          { name: 'a-l1', format: 'bf16', elements: tileM * slice },
          { name: 'sums', format: 'f32', elements: partialElements(tileM) },
          { name: 'north', format: 'f32', elements: partialElements(tileM) },
          { name: 'output-l1', format: 'bf16', elements: outputs },
        ],
        body: coreBody(t),
      },
    ],
  };
}

function coreBody(t: SwigluTiling): Statement[] {
  const here = [times('x', 1), times('y', 1)];
  const sums = contiguous(partialElements(t.tileM));
  const distance = affine(t.cascadeStages - 1, { y: -1 });
  const south = put('partial', [times('x', 1), affine(-1, { y: 1 })], 'sums', sums);
  const fromNorth = [
    get('partial', here, 'north', sums),
    call('add-f32', { a: 'north', c: 'sums' }, { n: partialElements(t.tileM) }),
  ];
  const silu = call('silu-mul-pairs', { pairs: 'sums', output: 'output-l1' }, { count: t.tileM / 2 });
  const output = put('output-l1-l2', [times('x', 1)], 'output-l1', contiguous(t.tileM / 2));
  // One step of a stream: while the cores work on a tile, the next panel is on its way to L2.
  return [
    loop(
      'step',
      1,
      ...partialProduct(t),
      { kind: 'if', value: distance, is: 'positive', body: fromNorth },
      { kind: 'if', value: times('y', 1), is: 'zero', body: [silu, output] },
      { kind: 'if', value: times('y', 1), is: 'positive', body: [south] },
    ),
  ];
}

function partialProduct(t: SwigluTiling): Statement[] {
  const { k, slice, mInput } = t;
  const here = [times('x', 1), times('y', 1)];
  return [
    get('row-l2-l1', here, 'row', contiguous(2 * k)),
    call(
      'rms-norm-bf16',
      { row: 'row', weight: { buffer: 'row', offset: k }, output: 'normalised' },
      { width: k, count: t.count, epsilon: t.epsilon },
    ),
    get('a-l2-l1', here, 'a-l1', contiguous(t.tileM * slice)),
    call('zero-f32', { c: 'sums' }, { n: partialElements(t.tileM) }),
    loop(
      'p',
      t.tileM / mInput,
      call(
        'gemv-partial-f32',
        {
          a: { buffer: 'a-l1', offset: times('p', mInput * slice) },
          x: { buffer: 'normalised', offset: times('y', slice) },
          c: { buffer: 'sums', offset: times('p', mInput) },
        },
        { rows: mInput, k: slice },
      ),
    ),
  ];
}

/** The published tile first; fewer columns only where the others do not divide. */
function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    for (let cascadeStages = device.computeRows; cascadeStages >= 2; cascadeStages--) {
      for (const tileM of [32, 64, 96]) {
        for (const mInput of [4, 8, 2]) {
          for (const batch of [16, 4, 1]) {
            const config = { tileM, mInput, herdColumns, cascadeStages, batch };
            if (limits(shape, config, device).length === 0) yield config;
          }
        }
      }
    }
  }
}

/** output [hidden] = SiLU(G·n) · (U·n) with n = RMSNorm(input); G and U as rows that alternate: dataflows.md, 3.4. */
export const normSwigluGemv: KernelDefinition = {
  name: NAME,
  version: 1,
  summary:
    'output[hidden] = silu(gate·n)·(up·n), n = rms-norm(input[k]); gate and up rows interleaved in a[2·hidden,k]',
  shapeNames: ['hidden', 'k', 'count', 'epsilon'],
  configNames: CONFIG,
  datapath:
    'Norm as rms-norm; exact bf16 products, f32 lanes and partial sums; gate and up rounded to bf16, nearest even; then as silu-mul.',
  configurations,
  limits,
  padded: (shape) => ({
    ...shape,
    hidden: Math.ceil(dimension(NAME, shape, 'hidden') / 512) * 512,
    k: Math.ceil(dimension(NAME, shape, 'k') / 128) * 128,
  }),
  build(shape, config) {
    const t = tiling(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'input', format: 'bf16', elements: t.k, access: 'read' },
        { name: 'weight', format: 'bf16', elements: t.k, access: 'read' },
        { name: 'a', format: 'bf16', elements: 2 * t.hidden * t.k, access: 'read' },
        { name: 'output', format: 'bf16', elements: t.hidden, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
