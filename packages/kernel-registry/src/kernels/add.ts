import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, contiguous, get, loop, put, sum, times } from '../program/statements.ts';
import { corruptsOddTrips } from '../program/trip-counts.ts';

const NAME = 'add';
const STACK_BYTES = 1024;
const LANES = 16;

/** Each core owns a contiguous block and walks it tile by tile. */
interface AddTiling {
  readonly elements: number;
  /** Elements per step of a core. */
  readonly tile: number;
  readonly herdColumns: number;
  readonly herdRows: number;
}

function tilingOf(shape: KernelShape, config: KernelConfig): AddTiling {
  return {
    elements: dimension(NAME, shape, 'elements'),
    tile: setting(NAME, config, 'tile'),
    herdColumns: setting(NAME, config, 'herdColumns'),
    herdRows: setting(NAME, config, 'herdRows'),
  };
}

function steps(t: AddTiling): number {
  return t.elements / (t.herdColumns * t.herdRows * t.tile);
}

function tilingLimits(t: AddTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.tile, LANES, 'tile must be a multiple of 16');
  list.multiple(
    'divide-elements',
    t.elements,
    t.herdColumns * t.herdRows * t.tile,
    'elements must be a multiple of tile · herdColumns · herdRows',
  );
  list.holds(
    'trip-count',
    !corruptsOddTrips(steps(t)),
    steps(t),
    3,
    'steps per core must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
  );
  return list.broken;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tilingOf(shape, config);
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('herd-rows', t.herdRows, device.computeRows, 'the herd has more rows than the array');
  list.atMost(
    'shim-channels',
    2 * t.herdColumns * t.herdRows,
    device.channels.shim.memoryToStream * device.columns,
    'two shim channels feed each core: use a smaller herd',
  );
  const copies = steps(t) > 1 ? 2 : 1;
  list.atMost('l1', copies * 3 * t.tile * 2 + STACK_BYTES, device.l1BytesPerTile, 'L1 of a core: reduce tile');
  return [...tilingLimits(t), ...list.broken];
}

function launch(t: AddTiling): Launch {
  const herd = [t.herdColumns, t.herdRows];
  const parallel = [
    { variable: 'x', extent: t.herdColumns },
    { variable: 'y', extent: t.herdRows },
  ];
  const here = [times('x', 1), times('y', 1)];
  const block = steps(t) * t.tile;
  const at = sum(times('x', t.herdRows * block), times('y', block), times('p', t.tile));
  const tile = contiguous(t.tile);
  const stream = { kind: 'stream', format: 'bf16', shape: herd, broadcast: null } as const;
  return {
    name: NAME,
    grid: [],
    batchTiling: null,
    pingPong: 'L1-and-L2',
    stackBytes: STACK_BYTES,
    channels: ['a', 'b', 'c'].map((name) => ({ name, ...stream })),
    shim: [
      { name: 'a-in', parallel, body: [loop('p', steps(t), put('a', here, 'a', contiguous(t.tile, at)))] },
      { name: 'b-in', parallel, body: [loop('p', steps(t), put('b', here, 'b', contiguous(t.tile, at)))] },
      { name: 'c-out', parallel, body: [loop('p', steps(t), get('c', here, 'c', contiguous(t.tile, at)))] },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: t.herdColumns,
        rows: t.herdRows,
        at: null,
        buffers: ['a-l1', 'b-l1', 'c-l1'].map((name) => ({ name, format: 'bf16', elements: t.tile })),
        body: [
          loop(
            'p',
            steps(t),
            get('a', here, 'a-l1', tile),
            get('b', here, 'b-l1', tile),
            call('add-bf16', { a: 'a-l1', b: 'b-l1', c: 'c-l1' }, { n: t.tile }),
            put('c', here, 'c-l1', tile),
          ),
        ],
      },
    ],
  };
}

/** Most cores first, then the largest tile that leaves at least two steps, as the published rows have it. */
function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
  const elements = dimension(NAME, shape, 'elements');
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    if (elements % (herdColumns * LANES) !== 0) continue;
    const block = elements / herdColumns;
    const tiles: number[] = [];
    for (let tile = LANES; tile <= Math.min(block, 8192); tile += LANES) if (block % tile === 0) tiles.push(tile);
    tiles.sort((a, b) => preference(b, block) - preference(a, block));
    for (const tile of tiles) {
      const config = { tile, herdColumns, herdRows: 1 };
      if (limits(shape, config, device).length === 0) yield config;
    }
  }
}

/** Tiles up to the published 2,048 gain with size, those above are equal; one step alone overlaps nothing. */
function preference(tile: number, block: number): number {
  return Math.min(tile, 2048) - (block === tile && tile > 512 ? 1024 : 0) - tile / 65536;
}

function padded(shape: KernelShape, device: DeviceModel): KernelShape {
  let elements = Math.ceil(dimension(NAME, shape, 'elements') / LANES) * LANES;
  // Eight blocks of two steps are always legal, so the search ends within 256 elements.
  while (configurations({ elements }, device)[Symbol.iterator]().next().done) elements += LANES;
  return { elements };
}

/** c = a + b, elementwise: dataflows.md, 4. The residual adds. */
export const add: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'c[elements] = a[elements] + b[elements]',
  shapeNames: ['elements'],
  configNames: ['tile', 'herdColumns', 'herdRows'],
  datapath: 'Added in f32, stored as bf16 by truncation (published mean relative L1 1.9e-3).',
  configurations,
  limits,
  padded,
  build(shape, config) {
    const t = tilingOf(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    const { elements } = t;
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'a', format: 'bf16', elements, access: 'read' },
        { name: 'b', format: 'bf16', elements, access: 'read' },
        { name: 'c', format: 'bf16', elements, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
