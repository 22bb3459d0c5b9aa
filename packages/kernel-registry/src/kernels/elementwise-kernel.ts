import {
  BYTES_PER_ELEMENT,
  type CallStatement,
  type DeviceModel,
  type KernelConfig,
  type Launch,
} from '@tilewright/spec';
import { assertLegal, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { sum, times } from '../program/statements.ts';
import { bufferCopies, corruptsOddTrips } from '../program/trip-counts.ts';
import { type StreamedOperand, streamingLaunch } from './streaming-launch.ts';

const STACK_BYTES = 1024;
const LANES = 16;
/** Largest wrap of a shim descriptor but its outermost. */
const LARGEST_WRAP = 1023;

/** `elements` in tiles over a herd. */
export interface ElementwiseTiling {
  readonly elements: number;
  /** Elements per step of a core. */
  readonly tile: number;
  readonly herdColumns: number;
  readonly herdRows: number;
}

/** What tells one elementwise kernel from another. */
export interface ElementwiseForm {
  readonly name: string;
  readonly summary: string;
  readonly datapath: string;
  readonly inputs: readonly StreamedOperand[];
  readonly output: StreamedOperand;
  /** Whether a core owns a contiguous block, or tiles are dealt out in turn: step p of core i is tile p · cores + i. */
  readonly order: 'contiguous' | 'interleaved';
  /** Longer odd loops of doubled buffers gave wrong results: such tilings are refused, or run with single buffers. */
  readonly oddLoops: 'refused' | 'single-buffered';
  call(tile: number): CallStatement;
  /** Orders the tiles of a herd whose cores own `block` elements: smaller first. */
  rank(tile: number, block: number, doubled: boolean): number;
  /** Largest tile worth a try, in elements. */
  readonly largestTile: number;
}

/** A kernel of one value per element of its inputs: dataflows.md, 4. Operands go straight from L3 to L1 and back. */
export function elementwiseKernel(form: ElementwiseForm): KernelDefinition {
  const { name, inputs, output } = form;
  const tilingOf = (shape: KernelShape, config: KernelConfig): ElementwiseTiling => ({
    elements: dimension(name, shape, 'elements'),
    tile: setting(name, config, 'tile'),
    herdColumns: setting(name, config, 'herdColumns'),
    herdRows: setting(name, config, 'herdRows'),
  });
  const isDoubled = (t: ElementwiseTiling): boolean =>
    stepsOf(t) > 1 && (form.oddLoops === 'refused' || !corruptsOddTrips(stepsOf(t)));

  const limits = (shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] => {
    const t = tilingOf(shape, config);
    const list = limitList();
    const cores = coresOf(t);
    list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
    list.atMost('herd-rows', t.herdRows, device.computeRows, 'the herd has more rows than the array');
    const { shim } = device.channels;
    list.atMost(
      'shim-channels',
      inputs.length * cores,
      shim.memoryToStream * device.columns,
      inputs.length === 1
        ? 'a shim channel feeds each core: use a smaller herd'
        : 'two shim channels feed each core: use a smaller herd',
    );
    const operandBytes = [...inputs, output].reduce((bytes, { format }) => bytes + BYTES_PER_ELEMENT[format], 0);
    const l1 = (isDoubled(t) ? bufferCopies(stepsOf(t)) : 1) * operandBytes * t.tile + STACK_BYTES;
    list.atMost('l1', l1, device.l1BytesPerTile, 'L1 of a core: reduce tile');
    const steps = stepsOf(t);
    if (form.order === 'interleaved') {
      list.holds(
        'descriptors',
        cores === 1 || t.tile <= LARGEST_WRAP || steps <= LARGEST_WRAP || inputs.length === 1,
        steps,
        LARGEST_WRAP,
        'steps per core and tile are both above what one shim descriptor wraps, and the tasks that remain exhaust the pool',
      );
    }
    if (form.oddLoops === 'refused') {
      list.holds(
        'trip-count',
        !corruptsOddTrips(steps),
        steps,
        3,
        'steps per core must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
      );
    }
    return [...tilingLimits(t), ...list.broken];
  };

  /** Most cores first, in one row while columns suffice. */
  function* configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig> {
    const elements = dimension(name, shape, 'elements');
    for (const [herdColumns, herdRows] of herds(device)) {
      const cores = herdColumns * herdRows;
      if (elements % (cores * LANES) !== 0) continue;
      const block = elements / cores;
      const legal: { readonly config: KernelConfig; readonly rank: number }[] = [];
      for (let tile = LANES; tile <= Math.min(block, form.largestTile); tile += LANES) {
        if (block % tile !== 0) continue;
        const config = { tile, herdColumns, herdRows };
        if (limits(shape, config, device).length > 0) continue;
        legal.push({ config, rank: form.rank(tile, block, isDoubled({ elements, ...config })) });
      }
      legal.sort((a, b) => a.rank - b.rank);
      for (const { config } of legal) yield config;
    }
  }

  function herds(device: DeviceModel): [number, number][] {
    const found: [number, number][] = [];
    const perColumn = (device.channels.shim.memoryToStream * device.columns) / inputs.length / device.columns;
    for (let rows = Math.max(1, Math.min(device.computeRows, Math.floor(perColumn))); rows >= 2; rows--) {
      for (let columns = device.columns; columns * rows > device.columns; columns--) found.push([columns, rows]);
    }
    for (let columns = device.columns; columns >= 1; columns--) found.push([columns, 1]);
    return found;
  }

  return {
    name,
    version: 1,
    summary: form.summary,
    shapeNames: ['elements'],
    configNames: ['tile', 'herdColumns', 'herdRows'],
    datapath: form.datapath,
    configurations,
    limits,
    padded(shape, device) {
      let elements = Math.ceil(dimension(name, shape, 'elements') / LANES) * LANES;
      // Eight blocks of two steps are always legal, so the search ends within 256 elements.
      while (configurations({ elements }, device)[Symbol.iterator]().next().done) elements += LANES;
      return { elements };
    },
    build(shape, config) {
      const t = tilingOf(shape, config);
      assertLegal(name, shape, tilingLimits(t));
      const { elements } = t;
      return {
        hostPath: 'xclbin',
        arguments: [
          ...inputs.map(({ argument, format }) => ({ name: argument, format, elements, access: 'read' as const })),
          { name: output.argument, format: output.format, elements, access: 'write' },
        ],
        launches: [elementwiseLaunch(form, t, isDoubled(t) || form.oddLoops === 'refused' ? 'L1-and-L2' : 'none')],
      };
    },
  };
}

/** The launch of an elementwise kernel; a kernel of several launches may have one of these among them. */
export function elementwiseLaunch(
  form: Pick<ElementwiseForm, 'name' | 'inputs' | 'output' | 'order' | 'call'>,
  t: ElementwiseTiling,
  pingPong: Launch['pingPong'],
): Launch {
  const { tile, herdColumns, herdRows } = t;
  const block = stepsOf(t) * tile;
  const at =
    form.order === 'contiguous'
      ? sum(times('x', herdRows * block), times('y', block), times('p', tile))
      : sum(times('p', coresOf(t) * tile), times('x', herdRows * tile), times('y', tile));
  return streamingLaunch({
    name: form.name,
    columns: herdColumns,
    rows: herdRows,
    loops: [{ variable: 'p', extent: stepsOf(t) }],
    tile,
    at,
    transfers: 'tile',
    inputs: form.inputs,
    output: form.output,
    pingPong,
    stackBytes: STACK_BYTES,
    call: form.call(tile),
  });
}

function coresOf(t: ElementwiseTiling): number {
  return t.herdColumns * t.herdRows;
}

function stepsOf(t: ElementwiseTiling): number {
  return t.elements / (coresOf(t) * t.tile);
}

/** Whether tiles make up the tensor: without this there is no program to build. */
function tilingLimits(t: ElementwiseTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.tile, LANES, 'tile must be a multiple of 16');
  list.multiple('divide-elements', t.elements, coresOf(t) * t.tile, 'elements must be a multiple of tile · cores');
  return list.broken;
}
