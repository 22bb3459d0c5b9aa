import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { limitTripCount } from '../kernel/odd-trip-count.ts';
import { call, contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { bufferCopies } from '../program/trip-counts.ts';

const NAME = 'gemv-add';
const STACK_BYTES = 1024;

/** A micro-tile of A: rows by K. */
const TILE_ROWS = 8;
const TILE_K = 512;
/** A cascade word holds 32 bf16 values. */
const CASCADE_WORD = 32;
/** Adjacent rows of cores, the upper one multiplying; the lowest core row is 2. */
const [MULTIPLY_ROW, ADD_ROW] = [3, 2];

interface GemvAddTiling {
  readonly m: number;
  readonly k: number;
  readonly herdColumns: number;
  /** Blocks of eight rows that a column computes. */
  readonly blocks: number;
  /** Micro-tiles along K. */
  readonly chunks: number;
}

function tiling(shape: KernelShape, config: KernelConfig): GemvAddTiling {
  const [m, k] = [dimension(NAME, shape, 'm'), dimension(NAME, shape, 'k')];
  const herdColumns = setting(NAME, config, 'herdColumns');
  return { m, k, herdColumns, blocks: m / (TILE_ROWS * herdColumns), chunks: k / TILE_K };
}

function tilingLimits(t: GemvAddTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('divide-k', t.k, TILE_K, 'k must be a multiple of 512: with another one the published kernel is wrong');
  list.multiple('divide-m', t.m, TILE_ROWS * t.herdColumns, 'm must be a multiple of 8 · herdColumns');
  limitTripCount(list, t.blocks, 'the number of row blocks');
  limitTripCount(list, t.chunks, 'k / 512');
  return list.broken;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tiling(shape, config);
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost(
    'repeat-count',
    t.blocks - 1,
    device.dma.maxRepeatCount,
    'x is sent once per block of eight rows, as repeats of one descriptor: use more columns',
  );
  // The multiplying core has copies of its micro-tiles, the adding one the whole residual and copies of its output.
  const multiply = bufferCopies(t.chunks) * (TILE_ROWS * TILE_K + TILE_K) * 2 + CASCADE_WORD * 2;
  const addition = t.m * 2 + CASCADE_WORD * 2 + bufferCopies(t.blocks) * TILE_ROWS * 2;
  list.atMost('l1', Math.max(multiply, addition) + STACK_BYTES, device.l1BytesPerTile, 'L1 of a core: reduce m');
  return [...tilingLimits(t), ...list.broken];
}

/**
 * One launch with two herds of one row: the upper one multiplies micro-tiles of 8 × 512 and sends each
 * finished block of eight rows over the cascade, the lower one adds the residual and writes.
 */
function launch(t: GemvAddTiling): Launch {
  const { k, herdColumns, blocks, chunks } = t;
  const here = [times('x', 1)];
  const columns = [{ variable: 'x', extent: herdColumns }];
  const rows = t.m / herdColumns;
  const tile = TILE_ROWS * TILE_K;
  const stream = { kind: 'stream', format: 'bf16', broadcast: null } as const;
  const parts = { rows: TILE_ROWS, k: TILE_K };
  return {
    name: NAME,
    grid: [],
    batchTiling: null,
    pingPong: 'L1-and-L2',
    stackBytes: STACK_BYTES,
    channels: [
      { ...stream, name: 'a-l3-l2', shape: [herdColumns] },
      { ...stream, name: 'a-l2-l1', shape: [herdColumns] },
      { ...stream, name: 'x-l3-l1', shape: [1], broadcast: [herdColumns] },
      { ...stream, name: 'residual-l3-l1', shape: [1], broadcast: [herdColumns] },
      { ...stream, name: 'product', kind: 'cascade', shape: [herdColumns] },
      { ...stream, name: 'c-l1-l3', shape: [herdColumns] },
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
            strided([blocks, chunks, TILE_ROWS, TILE_K], [TILE_ROWS * k, TILE_K, k, 1], times('x', rows * k)),
          ),
        ],
      },
      { name: 'x-in', parallel: [], body: [loop('r', blocks, put('x-l3-l1', [0], 'x', contiguous(k)))] },
      { name: 'residual-in', parallel: [], body: [put('residual-l3-l1', [0], 'residual', contiguous(t.m))] },
      { name: 'c-out', parallel: columns, body: [get('c-l1-l3', here, 'c', contiguous(rows, times('x', rows)))] },
    ],
    memtile: [
      {
        name: 'a-tile',
        parallel: columns,
        column: times('x', 1),
        buffers: [{ name: 'a-l2', format: 'bf16', elements: tile }],
        body: [
          loop(
            't',
            blocks * chunks,
            get('a-l3-l2', here, 'a-l2', contiguous(tile)),
            put('a-l2-l1', here, 'a-l2', contiguous(tile)),
          ),
        ],
      },
    ],
    herds: [
      {
        name: 'multiply',
        columns: herdColumns,
        rows: 1,
        at: { column: 0, row: MULTIPLY_ROW },
        buffers: [
          { name: 'a-l1', format: 'bf16', elements: tile },
          { name: 'x-l1', format: 'bf16', elements: TILE_K },
          { name: 'sums', format: 'bf16', elements: CASCADE_WORD },
        ],
        body: [
          loop(
            'r',
            blocks,
            call('zero-bf16', { c: 'sums' }, { n: CASCADE_WORD }),
            loop(
              'q',
              chunks,
              get('x-l3-l1', here, 'x-l1', contiguous(TILE_K)),
              get('a-l2-l1', here, 'a-l1', contiguous(tile)),
              call('gemv-micro-tile-bf16', { a: 'a-l1', x: 'x-l1', c: 'sums' }, parts),
            ),
            put('product', here, 'sums', contiguous(CASCADE_WORD)),
          ),
        ],
      },
      {
        name: 'add',
        columns: herdColumns,
        rows: 1,
        at: { column: 0, row: ADD_ROW },
        buffers: [
          { name: 'residual-l1', format: 'bf16', elements: t.m },
          { name: 'product-l1', format: 'bf16', elements: CASCADE_WORD },
          { name: 'c-l1', format: 'bf16', elements: TILE_ROWS },
        ],
        body: [
          get('residual-l3-l1', here, 'residual-l1', contiguous(t.m)),
          loop(
            'r',
            blocks,
            get('product', here, 'product-l1', contiguous(CASCADE_WORD)),
            call(
              'add-rows-bf16',
              {
                a: 'product-l1',
                b: { buffer: 'residual-l1', offset: sum(times('x', rows), times('r', TILE_ROWS)) },
                c: 'c-l1',
              },
              { rows: TILE_ROWS },
            ),
            put('c-l1-l3', here, 'c-l1', contiguous(TILE_ROWS)),
          ),
        ],
      },
    ],
  };
}

function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    const config = { herdColumns };
    if (limits(shape, config, device).length === 0) yield config;
  }
}

/** Whole blocks and micro-tiles, of each a number that doubled buffers take. */
function padded(shape: KernelShape): KernelShape {
  const [m, k] = [dimension(NAME, shape, 'm'), dimension(NAME, shape, 'k')];
  const whole = (value: number, unit: number): number => {
    const count = Math.ceil(value / unit);
    return (count > 3 && count % 2 === 1 ? count + 1 : count) * unit;
  };
  return { m: m > 128 ? whole(m, 64) : whole(m, TILE_ROWS), k: whole(k, TILE_K) };
}

/** c [m] = residual [m] + A [m, k] · x [k], as decode uses it for the O and the Down projection: dataflows.md, 3.3. */
export const gemvAdd: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'c[m] = residual[m] + a[m,k]·x[k], products and residual in two rows of cores',
  shapeNames: ['m', 'k'],
  configNames: ['herdColumns'],
  datapath:
    'Exact bf16 products, f32 sums over 512 of k, each partial sum rounded to bf16, nearest even; so is the last sum with the residual.',
  configurations,
  limits,
  padded,
  build(shape, config) {
    const t = tiling(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'a', format: 'bf16', elements: t.m * t.k, access: 'read' },
        { name: 'x', format: 'bf16', elements: t.k, access: 'read' },
        { name: 'residual', format: 'bf16', elements: t.m, access: 'read' },
        { name: 'c', format: 'bf16', elements: t.m, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
