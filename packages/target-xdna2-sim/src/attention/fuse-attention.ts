import type {
  CallInstruction,
  Instruction,
  LiftedCore,
  PanelSource,
  ProductInstruction,
} from '../lifted/lifted-launch.ts';
import type { AttentionChunk, AttentionInstruction, PanelPlace } from './attention-instruction.ts';
import { FAST_ROWS } from './fast-rows.ts';
import type { PanelFamily } from './panel-store.ts';
import { LANES } from './product-code.ts';
import { fitsTile } from './tile-memory.ts';

type Fields = Omit<AttentionInstruction, 'code' | 'chunks' | 'panelBytes'>;

/** A chunk as found, and where the instructions go on. */
interface Found {
  readonly fields: Fields;
  readonly chunk: AttentionChunk;
  readonly panelBytes: number;
  readonly next: number;
}

type Families = Map<string, PanelFamily>;

/**
 * The core with the microkernels of each chunk of attention, as they follow each other, put into one instruction, and
 * the chunks that follow each other into one as well. Anything in between, or anything unusual, stays as it is.
 */
export function fuseAttention(core: LiftedCore, families: Families): LiftedCore {
  const instructions: Instruction[] = [];
  let row: Found[] = [];
  const endRow = (): void => {
    const [first] = row;
    if (first === undefined) return;
    const panelBytes = Math.max(...row.map((found) => found.panelBytes));
    instructions.push({ code: 'attention', ...first.fields, panelBytes, chunks: row.map(({ chunk }) => chunk) });
    row = [];
  };
  for (let at = 0; at < core.instructions.length; ) {
    const found = findChunk(core.instructions, at, families);
    if (found === null) {
      endRow();
      instructions.push(withFastRows(core.instructions[at] as Instruction));
      at++;
      continue;
    }
    if (row[0] !== undefined && !isSame(row[0].fields, found.fields)) endRow();
    row.push(found);
    at = found.next;
  }
  endRow();
  return { buffers: core.buffers, instructions };
}

/** Calls the same on other code where there is faster. */
function withFastRows(instruction: Instruction): Instruction {
  if (instruction.code !== 'call') return instruction;
  const { call } = instruction;
  const implementation = FAST_ROWS.get(call.microkernel.signature.name);
  if (implementation === undefined) return instruction;
  return { ...instruction, call: { ...call, microkernel: { ...call.microkernel, implementation } } };
}

function isSame(a: Fields, b: Fields): boolean {
  return (Object.keys(b) as (keyof Fields)[]).every((name) => a[name] === b[name]);
}

function findChunk(instructions: readonly Instruction[], start: number, families: Families): Found | null {
  let at = start;
  const zero = callOf(instructions[at], 'zero-bf16');
  if (zero === null) return null;
  at++;
  const scored: ProductInstruction[] = [];
  for (let next = instructions[at]; next?.code === 'product' && next.rounds; next = instructions[++at])
    scored.push(next);
  const mask = callOf(instructions[at], 'attention-mask');
  if (mask !== null) at++;
  const softmax = callOf(instructions[at], 'attention-softmax');
  const rescale = callOf(instructions[at + 1], 'attention-rescale');
  const weighted = instructions[at + 2];
  const sum = callOf(instructions[at + 3], 'attention-sum');
  const next = at + 4;
  const [first] = scored;
  if (first === undefined || softmax === null || rescale === null || sum === null) return null;
  if (weighted?.code !== 'product' || !weighted.rounds) return null;

  const [scores, maximum, factor, sums] = buffersOf(softmax, 'scores', 'maximum', 'factor', 'sums');
  const [output] = buffersOf(rescale, 'output');
  const [total] = buffersOf(sum, 'sum');
  const names = [scores, maximum, factor, sums, output, total];
  if (names.some((name) => name === undefined) || new Set(names).size < names.length) return null;
  const [queries, keys, scale] = ['queries', 'keys', 'scale'].map((name) => steady(softmax, name)) as [
    number,
    number,
    number,
  ];
  const width = steady(rescale, 'width') as number;
  const fields = { queries, keys, width, scale: Math.fround(scale), scores, output, maximum, sum: total, factor, sums };
  const agree =
    buffersOf(zero, 'c')[0] === scores &&
    steady(zero, 'n') === queries * keys &&
    (mask === null || (buffersOf(mask, 'scores')[0] === scores && sizesAre(mask, { queries, keys }))) &&
    buffersOf(rescale, 'factor')[0] === factor &&
    sizesAre(rescale, { queries }) &&
    buffersOf(sum, 'factor')[0] === factor &&
    buffersOf(sum, 'sums')[0] === sums &&
    sizesAre(sum, { queries }) &&
    scored.every((each) => each.buffer === scores && each.offset === 0 && each.m === queries && each.n === keys) &&
    isCore(weighted.a, scores) &&
    weighted.buffer === output &&
    weighted.offset === 0 &&
    weighted.m === queries &&
    weighted.n === width &&
    weighted.k === keys &&
    queries % LANES === 0 &&
    keys % LANES === 0 &&
    width % LANES === 0 &&
    fields.scale > 0 &&
    fields.scale < Number.POSITIVE_INFINITY &&
    scored.every(({ k }) => k % 8 === 0);
  if (!agree) return null;

  const place = (side: 'left' | 'right', source: PanelSource, outers: number, depth: number): PanelPlace | null =>
    source.kind === 'core'
      ? null
      : { family: familyOf(families, side, source, outers, depth), base: source.base, shift: source.shift };
  const products = scored.map(({ a, b, k }) => ({
    query: place('left', a, queries, k),
    key: place('right', b, keys, k),
  }));
  const value = place('right', weighted.b, width, keys);
  if (value === null || products.some(({ query, key }) => query === null || key === null)) return null;
  const places = [value, ...products.flatMap(({ query, key }) => [query, key])] as PanelPlace[];
  const panelBytes = places.reduce((bytes, { family }) => bytes + panelBytesOf(family), 0);
  if (!fitsTile({ queries, keys, width }, panelBytes)) return null;
  return {
    fields: fields as Fields,
    chunk: {
      products: products as AttentionChunk['products'],
      mask,
      value,
      plain: instructions.slice(start, next),
    },
    panelBytes,
    next,
  };
}

/** The instruction, if it calls this microkernel on whole buffers of the core. */
function callOf(instruction: Instruction | undefined, name: string): CallInstruction | null {
  if (instruction?.code !== 'call' || instruction.call.microkernel.signature.name !== name) return null;
  const plain = instruction.operands.every(({ argument, offset }) => argument === null && offset === 0);
  return plain ? instruction : null;
}

function buffersOf(instruction: CallInstruction, ...names: readonly string[]): readonly (number | undefined)[] {
  const { operands } = instruction.call;
  return names.map((name) => instruction.operands[operands.findIndex((operand) => operand.name === name)]?.buffer);
}

/** A parameter's value, NaN where it is not the same in every iteration. */
function steady({ call, parameters }: CallInstruction, name: string): number {
  const changing = parameters.find((parameter) => parameter.name === name);
  if (changing === undefined) return call.parameters[name] ?? Number.NaN;
  return changing.grid.every((step) => step === 0) ? changing.constant : Number.NaN;
}

function sizesAre(instruction: CallInstruction, sizes: Readonly<Record<string, number>>): boolean {
  return Object.entries(sizes).every(([name, size]) => steady(instruction, name) === size);
}

function isCore(source: PanelSource, buffer: number | undefined): boolean {
  return source.kind === 'core' && source.buffer === buffer && source.offset === 0 && source.layout === 'k-blocks';
}

function familyOf(
  families: Families,
  side: 'left' | 'right',
  source: Extract<PanelSource, { kind: 'argument' }>,
  outers: number,
  depth: number,
): PanelFamily {
  const { argument, outerStride, kStride } = source;
  const key = `${side}:${argument}:${outerStride}:${kStride}:${outers}:${depth}`;
  let family = families.get(key);
  if (family === undefined) {
    family = { side, argument, outerStride, kStride, outers, depth, known: new Map(), generation: -1 };
    families.set(key, family);
  }
  return family;
}

/** Mantissas, both kinds of units and sums, each on a boundary of sixteen bytes. */
function panelBytesOf({ outers, depth }: PanelFamily): number {
  return outers * (2 * depth + depth + 8 + 8) + 4 * 16;
}
