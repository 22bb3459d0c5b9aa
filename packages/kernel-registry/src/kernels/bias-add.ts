import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, sum, times } from '../program/statements.ts';
import { bufferCopies, corruptsOddTrips } from '../program/trip-counts.ts';
import { streamed, streamingLaunch } from './streaming-launch.ts';

const NAME = 'bias-add';
const STACK_BYTES = 1024;
const LANES = 16;

/** Each column owns consecutive rows and walks them, one part of the width after another. */
interface BiasTiling {
  readonly rows: number;
  readonly width: number;
  /** Elements of a row per step; the width where L1 holds it. */
  readonly tile: number;
  readonly herdColumns: number;
}

function tilingOf(shape: KernelShape, config: KernelConfig): BiasTiling {
  return {
    rows: dimension(NAME, shape, 'rows'),
    width: dimension(NAME, shape, 'width'),
    tile: setting(NAME, config, 'tile'),
    herdColumns: setting(NAME, config, 'herdColumns'),
  };
}

function tilingLimits(t: BiasTiling): readonly BrokenLimit[] {
  const list = limitList();
  const rows = t.rows / t.herdColumns;
  list.multiple('lanes', t.tile, LANES, 'tile must be a multiple of 16');
  list.multiple('divide-width', t.width, t.tile, 'width must be a multiple of tile');
  list.multiple('divide-rows', t.rows, t.herdColumns, 'rows must be a multiple of herdColumns');
  list.holds(
    'trip-count',
    !corruptsOddTrips(rows),
    rows,
    3,
    'rows per core must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
  );
  return list.broken;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tilingOf(shape, config);
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost(
    'shim-channels',
    t.herdColumns + 1,
    device.channels.shim.memoryToStream * device.columns,
    'one shim channel feeds each core and one the bias: use a smaller herd',
  );
  // One step of doubled input and output, and the bias; with one row and one part nothing is doubled.
  // A loop over one row disappears; the one over parts is then the innermost, and holds the bias too.
  const rows = t.rows / t.herdColumns;
  const copies = bufferCopies(rows > 1 ? rows : t.width / t.tile);
  const bytes = (2 * copies + (rows > 1 ? 1 : copies)) * t.tile * 2 + STACK_BYTES;
  list.atMost('l1', bytes, device.l1BytesPerTile, 'L1 of a core: reduce tile');
  return [...tilingLimits(t), ...list.broken];
}

function launch(t: BiasTiling): Launch {
  const rows = t.rows / t.herdColumns;
  return streamingLaunch({
    name: NAME,
    columns: t.herdColumns,
    rows: null,
    loops: [
      { variable: 'p', extent: t.width / t.tile },
      { variable: 'r', extent: rows },
    ],
    tile: t.tile,
    at: sum(times('x', rows * t.width), times('r', t.width), times('p', t.tile)),
    transfers: 'tile',
    inputs: [streamed('input', 'in')],
    output: streamed('output', 'out'),
    held: { operand: streamed('bias', 'in'), elements: t.tile, per: 'p' },
    pingPong: 'L1-and-L2',
    stackBytes: STACK_BYTES,
    call: call('add-bf16', { a: 'input-l1', b: 'bias-l1', c: 'output-l1' }, { n: t.tile }),
  });
}

/** Most columns first, then the widest tile. */
function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
  const rows = dimension(NAME, shape, 'rows');
  const width = dimension(NAME, shape, 'width');
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    if (rows % herdColumns !== 0) continue;
    for (let parts = 1; parts <= width / LANES; parts++) {
      if (width % parts !== 0) continue;
      const config = { tile: width / parts, herdColumns };
      if (limits(shape, config, device).length === 0) yield config;
    }
  }
}

function padded(shape: KernelShape, device: DeviceModel): KernelShape {
  const width = Math.ceil(dimension(NAME, shape, 'width') / LANES) * LANES;
  let rows = dimension(NAME, shape, 'rows');
  while (configurations({ rows, width }, device)[Symbol.iterator]().next().done) rows++;
  return { rows, width };
}

/** output [rows, width] = input [rows, width] + bias [width]: dataflows.md, 4. */
export const biasAdd: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'output[rows,width] = input[rows,width] + bias[width]',
  shapeNames: ['rows', 'width'],
  configNames: ['tile', 'herdColumns'],
  datapath: 'Added in f32, stored as bf16 by truncation, as add.',
  configurations,
  limits,
  padded,
  build(shape, config) {
    const t = tilingOf(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'input', format: 'bf16', elements: t.rows * t.width, access: 'read' },
        { name: 'bias', format: 'bf16', elements: t.width, access: 'read' },
        { name: 'output', format: 'bf16', elements: t.rows * t.width, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
