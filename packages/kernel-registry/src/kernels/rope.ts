import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, sum, times } from '../program/statements.ts';
import { bufferCopies, corruptsOddTrips } from '../program/trip-counts.ts';
import { type StreamedOperand, streamingLaunch } from './streaming-launch.ts';

const NAME = 'rope';
const STACK_BYTES = 1024;
/** Two halves of 16 lanes. */
const HEAD_MULTIPLE = 32;

/** Rows are (position, head); each core owns consecutive ones, as the deployed kernel does. */
interface RopeTiling {
  readonly rows: number;
  readonly width: number;
  readonly herdColumns: number;
  readonly herdRows: number;
}

function tilingOf(shape: KernelShape, config: KernelConfig): RopeTiling {
  return {
    rows: dimension(NAME, shape, 'rows'),
    width: dimension(NAME, shape, 'width'),
    herdColumns: setting(NAME, config, 'herdColumns'),
    herdRows: setting(NAME, config, 'herdRows'),
  };
}

function rowsPerCore(t: RopeTiling): number {
  return t.rows / (t.herdColumns * t.herdRows);
}

/** Odd longer loops run single-buffered: doubled ones of that kind gave wrong results. */
function isDoubled(t: RopeTiling): boolean {
  return rowsPerCore(t) > 1 && !corruptsOddTrips(rowsPerCore(t));
}

function tilingLimits(t: RopeTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.width, HEAD_MULTIPLE, 'the head dimension must be a multiple of 32: pad both halves');
  list.multiple('divide-rows', t.rows, t.herdColumns * t.herdRows, 'rows must be a multiple of the cores');
  return list.broken;
}

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = tilingOf(shape, config);
  const list = limitList();
  const cores = t.herdColumns * t.herdRows;
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('herd-rows', t.herdRows, device.computeRows, 'the herd has more rows than the array');
  const sources = device.channels.shim.memoryToStream * device.columns;
  list.atMost('shim-channels', 2 * cores, sources, 'two shim channels feed each core: use a smaller herd');
  const l1 = (isDoubled(t) ? bufferCopies(rowsPerCore(t)) : 1) * 3 * t.width * 2 + STACK_BYTES;
  list.atMost('l1', l1, device.l1BytesPerTile, 'L1 of a core holds a row, its table row and the result');
  return [...tilingLimits(t), ...list.broken];
}

function launch(t: RopeTiling): Launch {
  const block = rowsPerCore(t) * t.width;
  const operand = (argument: string, channel: string, buffer: string): StreamedOperand => ({
    argument,
    channel,
    process: channel,
    buffer,
    format: 'bf16',
  });
  return streamingLaunch({
    name: NAME,
    columns: t.herdColumns,
    rows: t.herdRows,
    loops: [{ variable: 'r', extent: rowsPerCore(t) }],
    tile: t.width,
    at: sum(times('x', t.herdRows * block), times('y', block), times('r', t.width)),
    transfers: 'block',
    inputs: [operand('input', 'rows-in', 'row-l1'), operand('table', 'table-in', 'table-l1')],
    output: operand('output', 'rows-out', 'output-l1'),
    pingPong: isDoubled(t) ? 'L1-and-L2' : 'none',
    stackBytes: STACK_BYTES,
    call: call('rope-half-split-bf16', { row: 'row-l1', table: 'table-l1', output: 'output-l1' }, { headDim: t.width }),
  });
}

/**
 * Rotary embedding, half-split: dataflows.md, 6. `table` has a row [cosines of a half | sines of a
 * half] for every row of the input.
 */
export const rope: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'output[rows, width] = input rotated, half against half, by the angles of table[rows, width]',
  shapeNames: ['rows', 'width'],
  configNames: ['herdColumns', 'herdRows'],
  datapath: 'Products and sums in f32, stored as bf16 by truncation (published mean relative L1 2.8e-3).',
  *configurations(shape, device) {
    for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
      const config = { herdColumns, herdRows: 1 };
      if (limits(shape, config, device).length === 0) yield config;
    }
  },
  limits,
  padded: (shape) => ({
    ...shape,
    width: Math.ceil(dimension(NAME, shape, 'width') / HEAD_MULTIPLE) * HEAD_MULTIPLE,
  }),
  build(shape, config) {
    const t = tilingOf(shape, config);
    assertLegal(NAME, shape, tilingLimits(t));
    const elements = t.rows * t.width;
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'input', format: 'bf16', elements, access: 'read' },
        { name: 'table', format: 'bf16', elements, access: 'read' },
        { name: 'output', format: 'bf16', elements, access: 'write' },
      ],
      launches: [launch(t)],
    };
  },
};
