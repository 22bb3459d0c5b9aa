import type { DeviceModel, KernelConfig, Launch } from '@tilewright/spec';
import { assertLegal, dimension, limitList, realDimension, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { call, contiguous, get, loop, put, times } from '../program/statements.ts';
import { corruptsOddTrips } from '../program/trip-counts.ts';

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

/** RMSNorm and the per-head norm of queries and keys are one datapath with different rows: dataflows.md, 5. */
export function rowNorm(name: string, summary: string): KernelDefinition {
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
    list.atMost('l1', l1Bytes(t), device.l1BytesPerTile, 'L1 of a core holds rows, results and the weight');
    return [...tilingLimits(t), ...list.broken];
  };

  return {
    name,
    version: 1,
    summary,
    shapeNames: ['rows', 'width', 'count', 'epsilon'],
    configNames: ['herdColumns'],
    datapath:
      'Squares in bf16, their sum in f32; the scale and both products rounded down to bf16 (mean relative L1 ' +
      '4.2–4.5e-3; published 4.2–4.6e-3).',
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
          { name: 'weight', format: 'bf16', elements: t.width, access: 'read' },
          { name: 'output', format: 'bf16', elements, access: 'write' },
        ],
        launches: [launch(name, t)],
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

function l1Bytes(t: RowNormTiling): number {
  return (isDoubled(t) ? 4 : 2) * t.width * BYTES + t.width * BYTES + STACK_BYTES;
}

function tilingLimits(t: RowNormTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.width, LANES, 'width must be a multiple of 16: pad the rows');
  list.multiple('divide-rows', t.rows, t.herdColumns, 'rows must be a multiple of herdColumns');
  list.atMost('count', t.count, t.width, 'count is the true width and cannot be more than the padded one');
  return list.broken;
}

function launch(name: string, t: RowNormTiling): Launch {
  const { width, count, epsilon, herdColumns } = t;
  const parallel = [{ variable: 'x', extent: herdColumns }];
  const here = [times('x', 1)];
  const block = rowsPerCore(t) * width;
  const mine = contiguous(block, times('x', block));
  const row = contiguous(width);
  const stream = { kind: 'stream', format: 'bf16' } as const;
  return {
    name,
    grid: [],
    batchTiling: null,
    pingPong: isDoubled(t) ? 'L1-and-L2' : 'none',
    stackBytes: STACK_BYTES,
    channels: [
      { name: 'rows-in', ...stream, shape: [herdColumns], broadcast: null },
      { name: 'weight-in', ...stream, shape: [1], broadcast: [herdColumns] },
      { name: 'rows-out', ...stream, shape: [herdColumns], broadcast: null },
    ],
    shim: [
      { name: 'rows-in', parallel, body: [put('rows-in', here, 'input', mine)] },
      { name: 'weight-in', parallel: [], body: [put('weight-in', [0], 'weight', row)] },
      { name: 'rows-out', parallel, body: [get('rows-out', here, 'output', mine)] },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: herdColumns,
        rows: 1,
        at: null,
        buffers: [
          { name: 'weight-l1', format: 'bf16', elements: width },
          { name: 'row-l1', format: 'bf16', elements: width },
          { name: 'output-l1', format: 'bf16', elements: width },
        ],
        body: [
          get('weight-in', here, 'weight-l1', row),
          loop(
            'r',
            rowsPerCore(t),
            get('rows-in', here, 'row-l1', row),
            call(
              'rms-norm-bf16',
              { row: 'row-l1', weight: 'weight-l1', output: 'output-l1' },
              { width, count, epsilon },
            ),
            put('rows-out', here, 'output-l1', row),
          ),
        ],
      },
    ],
  };
}
