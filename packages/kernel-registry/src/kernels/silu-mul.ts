import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, contiguous, get, loop, put, sum, times } from '../program/statements.ts';
import { corruptsOddTrips } from '../program/trip-counts.ts';

const NAME = 'silu-mul';
const STACK_BYTES = 1024;
const LANES = 16;
/** Largest wrap of a shim descriptor but its outermost. */
const LARGEST_WRAP = 1023;
/** What the published kernels use. */
const PUBLISHED_TILE = 4096;

/** Tiles are dealt out to the cores in turn: step p of core i is tile p · cores + i. */
interface SiluMulTiling {
  readonly elements: number;
  readonly tile: number;
  readonly herdColumns: number;
  readonly herdRows: number;
}

function tilingOf(shape: KernelShape, config: KernelConfig): SiluMulTiling {
  return {
    elements: dimension(NAME, shape, 'elements'),
    tile: setting(NAME, config, 'tile'),
    herdColumns: setting(NAME, config, 'herdColumns'),
    herdRows: setting(NAME, config, 'herdRows'),
  };
}

function coresOf(t: SiluMulTiling): number {
  return t.herdColumns * t.herdRows;
}

function stepsOf(t: SiluMulTiling): number {
  return t.elements / (coresOf(t) * t.tile);
}

/** Odd longer loops run single-buffered: doubled ones of that kind gave wrong results. */
function isDoubled(t: SiluMulTiling): boolean {
  return stepsOf(t) > 1 && !corruptsOddTrips(stepsOf(t));
}

function tilingLimits(t: SiluMulTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.tile, LANES, 'tile must be a multiple of 16');
  list.multiple('divide-elements', t.elements, coresOf(t) * t.tile, 'elements must be a multiple of tile · cores');
  list.holds(
    'descriptors',
    coresOf(t) === 1 || t.tile <= LARGEST_WRAP || stepsOf(t) <= LARGEST_WRAP,
    stepsOf(t),
    LARGEST_WRAP,
    'steps per core and tile are both above what one shim descriptor wraps, and the tasks that remain exhaust the pool',
  );
  return list.broken;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tilingOf(shape, config);
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('herd-rows', t.herdRows, device.computeRows, 'the herd has more rows than the array');
  const sources = device.channels.shim.memoryToStream * device.columns;
  list.atMost('shim-channels', 2 * coresOf(t), sources, 'two shim channels feed each core: use a smaller herd');
  const l1 = (isDoubled(t) ? 2 : 1) * 3 * t.tile * 2 + STACK_BYTES;
  list.atMost('l1', l1, device.l1BytesPerTile, 'L1 of a core: reduce tile');
  return [...tilingLimits(t), ...list.broken];
}

function launch(t: SiluMulTiling): Launch {
  const parallel = [
    { variable: 'x', extent: t.herdColumns },
    { variable: 'y', extent: t.herdRows },
  ];
  const here = [times('x', 1), times('y', 1)];
  const at = sum(times('p', coresOf(t) * t.tile), times('x', t.herdRows * t.tile), times('y', t.tile));
  const tile = contiguous(t.tile);
  const stream = { kind: 'stream', format: 'bf16', shape: [t.herdColumns, t.herdRows], broadcast: null } as const;
  return {
    name: NAME,
    grid: [],
    batchTiling: null,
    pingPong: isDoubled(t) ? 'L1-and-L2' : 'none',
    stackBytes: STACK_BYTES,
    channels: ['gate', 'up', 'output'].map((name) => ({ name, ...stream })),
    shim: [
      { name: 'gate-in', parallel, body: [loop('p', stepsOf(t), put('gate', here, 'gate', contiguous(t.tile, at)))] },
      { name: 'up-in', parallel, body: [loop('p', stepsOf(t), put('up', here, 'up', contiguous(t.tile, at)))] },
      {
        name: 'output-out',
        parallel,
        body: [loop('p', stepsOf(t), get('output', here, 'output', contiguous(t.tile, at)))],
      },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: t.herdColumns,
        rows: t.herdRows,
        at: null,
        buffers: ['gate-l1', 'up-l1', 'output-l1'].map((name) => ({ name, format: 'bf16', elements: t.tile })),
        body: [
          loop(
            'p',
            stepsOf(t),
            get('gate', here, 'gate-l1', tile),
            get('up', here, 'up-l1', tile),
            call('silu-mul-bf16', { gate: 'gate-l1', up: 'up-l1', output: 'output-l1' }, { count: t.tile }),
            put('output', here, 'output-l1', tile),
          ),
        ],
      },
    ],
  };
}

/** Most cores first; tiles near the published one, and loops that may be doubled, before others. */
function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
  const elements = dimension(NAME, shape, 'elements');
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    if (elements % (herdColumns * LANES) !== 0) continue;
    const block = elements / herdColumns;
    const legal: { readonly config: KernelConfig; readonly rank: number }[] = [];
    for (let tile = LANES; tile <= block && tile * 6 <= device.l1BytesPerTile; tile += LANES) {
      if (block % tile !== 0) continue;
      const config = { tile, herdColumns, herdRows: 1 };
      if (limits(shape, config, device).length > 0) continue;
      const single = isDoubled({ elements, ...config }) ? 0 : PUBLISHED_TILE / 2;
      legal.push({ config, rank: Math.abs(tile - PUBLISHED_TILE) + single });
    }
    legal.sort((a, b) => a.rank - b.rank);
    for (const { config } of legal) yield config;
  }
}

/** SiLU of the gate times the up projection: dataflows.md, 4. */
export const siluMul: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'output[elements] = silu(gate[elements]) · up[elements]',
  shapeNames: ['elements'],
  configNames: ['tile', 'herdColumns', 'herdRows'],
  datapath:
    'The sigmoid from a tanh in steps of 2^-7; products truncated to bf16 (mean relative L1 9.4e-3; published 1.0e-2).',
  configurations,
  limits,
  padded: (shape) => ({ elements: Math.ceil(dimension(NAME, shape, 'elements') / LANES) * LANES }),
  build(shape, config) {
    const t = tilingOf(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    const { elements } = t;
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'gate', format: 'bf16', elements, access: 'read' },
        { name: 'up', format: 'bf16', elements, access: 'read' },
        { name: 'output', format: 'bf16', elements, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
