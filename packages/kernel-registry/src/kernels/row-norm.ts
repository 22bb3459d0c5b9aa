import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, realDimension, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, sum, times } from '../program/statements.ts';
import { bufferCopies, corruptsOddTrips } from '../program/trip-counts.ts';
import { type StreamedOperand, streamingLaunch } from './streaming-launch.ts';

const LANES = 16;
const STACK_BYTES = 1024;
const BYTES = 2;

/** Rows of `width` elements, of which `count` are real; each column of the herd owns consecutive rows. */
interface RowNormTiling {
  readonly rows: number;
  readonly width: number;
  readonly count: number;
  readonly epsilon: number;
  readonly herdColumns: number;
}

/** What tells one norm from another. */
export interface RowNormForm {
  readonly name: string;
  readonly summary: string;
  readonly datapath: string;
  /** Called once per row with operands `row`, `weight` and `output`. */
  readonly microkernel: string;
  /** Elements of the operand that every core keeps, per element of a row: 2 where a bias is packed behind the weight. */
  readonly weightsPerElement: 1 | 2;
}

/** Norms row by row, all one dataflow: dataflows.md, 5. */
export function rowNorm(form: RowNormForm): KernelDefinition {
  const { name } = form;
  const tilingOf = (shape: KernelShape, config: KernelConfig): RowNormTiling => ({
    rows: dimension(name, shape, 'rows'),
    width: dimension(name, shape, 'width'),
    count: dimension(name, shape, 'count'),
    epsilon: realDimension(name, shape, 'epsilon'),
    herdColumns: setting(name, config, 'herdColumns'),
  });

  const limits = (shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] => {
    const t = tilingOf(shape, config);
    const list = limitList();
    const { shim } = device.channels;
    list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
    const sources = shim.memoryToStream * device.columns;
    list.atMost('shim-channels', t.herdColumns + 1, sources, 'one shim channel per column and one for the weight');
    list.atMost(
      'l1',
      l1Bytes(t, form.weightsPerElement),
      device.l1BytesPerTile,
      'L1 of a core holds rows, results and the weight',
    );
    return [...tilingLimits(t), ...list.broken];
  };

  return {
    name,
    version: 1,
    summary: form.summary,
    shapeNames: ['rows', 'width', 'count', 'epsilon'],
    configNames: ['herdColumns'],
    datapath: form.datapath,
    *configurations(shape, device) {
      for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
        if (limits(shape, { herdColumns }, device).length === 0) yield { herdColumns };
      }
    },
    limits,
    padded: (shape) => ({ ...shape, width: Math.ceil(dimension(name, shape, 'width') / LANES) * LANES }),
    build(shape, config) {
      const t = tilingOf(shape, config);
      assertLegal(name, shape, tilingLimits(t));
      const elements = t.rows * t.width;
      return {
        hostPath: 'xclbin',
        arguments: [
          { name: 'input', format: 'bf16', elements, access: 'read' },
          { name: 'weight', format: 'bf16', elements: form.weightsPerElement * t.width, access: 'read' },
          { name: 'output', format: 'bf16', elements, access: 'write' },
        ],
        launches: [launch(form, t)],
      };
    },
  };
}

function rowsPerCore(t: RowNormTiling): number {
  return t.rows / t.herdColumns;
}

/** Odd longer loops run single-buffered: doubled ones of that kind gave wrong results. */
function isDoubled(t: RowNormTiling): boolean {
  return rowsPerCore(t) > 1 && !corruptsOddTrips(rowsPerCore(t));
}

function l1Bytes(t: RowNormTiling, weightsPerElement: number): number {
  const copies = isDoubled(t) ? bufferCopies(rowsPerCore(t)) : 1;
  return (2 * copies + weightsPerElement) * t.width * BYTES + STACK_BYTES;
}

function tilingLimits(t: RowNormTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.width, LANES, 'width must be a multiple of 16: pad the rows');
  list.multiple('divide-rows', t.rows, t.herdColumns, 'rows must be a multiple of herdColumns');
  list.atMost('count', t.count, t.width, 'count is the true width and cannot be more than the padded one');
  return list.broken;
}

function launch(form: RowNormForm, t: RowNormTiling): Launch {
  const { width, count, epsilon, herdColumns } = t;
  const operand = (argument: string, process: string, buffer: string): StreamedOperand => ({
    argument,
    channel: process,
    process,
    buffer,
    format: 'bf16',
  });
  const rows = rowsPerCore(t);
  return streamingLaunch({
    name: form.name,
    columns: herdColumns,
    rows: null,
    loops: [{ variable: 'r', extent: rows }],
    tile: width,
    at: sum(times('x', rows * width), times('r', width)),
    transfers: 'block',
    inputs: [operand('input', 'rows-in', 'row-l1')],
    output: operand('output', 'rows-out', 'output-l1'),
    held: {
      operand: operand('weight', 'weight-in', 'weight-l1'),
      elements: form.weightsPerElement * width,
      per: null,
    },
    pingPong: isDoubled(t) ? 'L1-and-L2' : 'none',
    stackBytes: STACK_BYTES,
    call: call(
      form.microkernel,
      { row: 'row-l1', weight: 'weight-l1', output: 'output-l1' },
      { width, count, epsilon },
    ),
  });
}
