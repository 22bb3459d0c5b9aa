import type { BoundCall, BoundOperand, OperandSource } from '../execution/bound-call.ts';
import { type LocalBuffer, wordsOf } from '../execution/local-buffer.ts';
import { evaluateRegisters } from '../execution/register-affine.ts';
import type { WordPattern } from '../execution/word-pattern.ts';
import type { ProcessBuffer } from '../fast-path/process.ts';
import type {
  CallInstruction,
  CallOperand,
  Instruction,
  LiftedCore,
  Move,
  PanelLayout,
  PanelSource,
  ProductInstruction,
} from './lifted-launch.ts';
import { NotLiftable } from './not-liftable.ts';
import { PRODUCT_KERNELS, type ProductKernel, panelElement } from './product-kernels.ts';
import { Contents, type Extent, type Stretch, sliceStretch } from './stretch.ts';
import type { TraceState } from './trace-state.ts';
import type { WordRuns } from './word-runs.ts';

/** Words that a core has put into a stream, and what becomes of them. */
export interface SentWords {
  readonly base: number;
  readonly runs: WordRuns;
  readonly stores: Move[];
  /** Loaded by a core. */
  received: boolean;
}

/** Products that add to one accumulator, one after the other. */
interface Chain {
  readonly m: number;
  readonly n: number;
  k: number;
  readonly offset: number;
  readonly a: Extract<PanelSource, { kind: 'argument' }>;
  readonly b: Extract<PanelSource, { kind: 'argument' }>;
}

/** What is known of one L1 buffer at a moment. */
interface BufferState {
  readonly index: number;
  readonly local: LocalBuffer;
  readonly elementsPerWord: number;
  readonly contents: Contents;
  /** Words that this iteration has written. */
  readonly written: Uint8Array;
  wholeWritten: boolean;
  /** Elements [0, zeros) are zero, of an accumulator. */
  zeros: number;
  chain: Chain | null;
  /** The operand of the call that wrote the whole buffer last and alone, as long as nobody has read it. */
  writer: CallOperand | null;
}

type Draft =
  | Instruction
  | { readonly code: 'sent'; readonly value: number; readonly buffer: number; readonly writer: CallOperand | null };

/** Follows one core and notes what it really has to do. */
export class CoreTrace {
  readonly #state: TraceState;
  readonly #byBuffer = new Map<ProcessBuffer, BufferState>();
  readonly #bySource = new Map<OperandSource, BufferState>();
  readonly #buffers: BufferState[] = [];
  readonly #drafts: Draft[] = [];
  /** Operands that were read after their call, so that the call must write the buffer. */
  readonly #needed = new Set<CallOperand>();
  readonly #sentOnce = new Set<CallOperand>();

  constructor(
    state: TraceState,
    buffers: ReadonlyMap<string, ProcessBuffer>,
    storage: ReadonlyMap<string, LocalBuffer>,
  ) {
    this.#state = state;
    for (const [name, local] of storage) {
      const words = wordsOf(local.format, local.elements);
      const buffer: BufferState = {
        index: this.#buffers.length,
        local,
        elementsPerWord: buffers.get(name)?.elementsPerWord ?? 1,
        contents: new Contents(),
        written: new Uint8Array(words),
        wholeWritten: false,
        zeros: 0,
        chain: null,
        writer: null,
      };
      this.#buffers.push(buffer);
      this.#bySource.set(local, buffer);
      this.#byBuffer.set(buffers.get(name) as ProcessBuffer, buffer);
    }
  }

  receive(processBuffer: ProcessBuffer, base: number, runs: WordRuns, pieces: readonly Stretch[]): void {
    const buffer = this.#byBuffer.get(processBuffer) as BufferState;
    this.#touch(buffer);
    if (runs.words < buffer.written.length) this.#settleWriter(buffer);
    buffer.writer = null;
    for (let run = 0; run < runs.starts.length; run++) {
      const start = base + (runs.starts[run] as number);
      this.#mark(buffer, start, start + (runs.before[run + 1] as number) - (runs.before[run] as number));
    }
    buffer.contents.fill(base, runs, pieces);
    for (const { origin } of pieces) {
      // What another core sent must be taken now: it may be gone later.
      if (origin.kind !== 'sent') continue;
      (this.#state.sent[origin.value] as SentWords).received = true;
      this.#load(buffer, base + runs.lowest, base + runs.end);
    }
    if (buffer.local.accumulator) {
      this.#load(buffer, base + runs.lowest, base + runs.end);
      buffer.contents.clear(0, buffer.written.length);
    }
  }

  send(processBuffer: ProcessBuffer, base: number, pattern: WordPattern): Stretch {
    const { table, sent } = this.#state;
    const buffer = this.#byBuffer.get(processBuffer) as BufferState;
    this.#touch(buffer);
    const placed = table.ofPattern(pattern);
    const start = base + placed.base;
    for (let run = 0; run < placed.runs.starts.length; run++) {
      const at = start + (placed.runs.starts[run] as number);
      const length = (placed.runs.before[run + 1] as number) - (placed.runs.before[run] as number);
      this.#requireWritten(buffer, at, at + length);
    }
    this.#load(buffer, start + placed.runs.lowest, start + placed.runs.end);
    const whole = placed.runs.starts.length === 1 && placed.runs.words === buffer.written.length;
    const writer = whole ? buffer.writer : null;
    if (!whole || (writer !== null && this.#sentOnce.has(writer))) this.#settleWriter(buffer);
    if (writer !== null) this.#sentOnce.add(writer);
    const value = sent.length;
    sent.push({ base: start, runs: placed.runs, stores: [], received: false });
    this.#drafts.push({ code: 'sent', value, buffer: buffer.index, writer });
    return { origin: { kind: 'sent', value }, base: 0, runs: table.contiguous(placed.runs.words) };
  }

  /** Null, or what is wrong with the operands. */
  call(call: BoundCall, registers: Int32Array): string | null {
    const parameters = this.#parameters(call, registers);
    const offsets = call.operands.map(({ offset }) => evaluateRegisters(offset, registers));
    const counts = call.operands.map(({ elements }) => elements(call.parameters));
    this.#requireSteadySizes(call, parameters, counts);
    for (const [index, { source }] of call.operands.entries()) {
      const offset = offsets[index] as number;
      if (offset < 0 || offset + (counts[index] as number) > source.data.length) throw new NotLiftable();
    }
    if (this.#isCopy(call, offsets, counts)) return null;
    const product = PRODUCT_KERNELS.get(call.microkernel.signature.name);
    if (product !== undefined && this.#product(call, product, offsets, counts)) return null;
    const sources = call.operands.map(({ source }) => source);
    const operands: CallOperand[] = call.operands.map((operand, index) => {
      const buffer = this.#bySource.get(operand.source) as BufferState;
      const offset = offsets[index] as number;
      const shared = sources.filter((source) => source === operand.source).length > 1;
      return this.#operand(operand, buffer, offset, counts[index] as number, shared);
    });
    for (const [index, { access, source }] of call.operands.entries()) {
      if (access === 'read') continue;
      const buffer = this.#bySource.get(source) as BufferState;
      const offset = offsets[index] as number;
      const count = counts[index] as number;
      this.#noteWrite(buffer, offset, count, access, operands[index] as CallOperand, sources);
    }
    const zeroed = call.microkernel.signature.name === 'zero-f32' ? call.operands[0] : undefined;
    if (zeroed !== undefined && offsets[0] === 0) {
      (this.#bySource.get(zeroed.source) as BufferState).zeros = counts[0] as number;
    }
    this.#drafts.push({ code: 'call', call, operands, parameters });
    return null;
  }

  finish(): LiftedCore {
    const instructions: Instruction[] = [];
    for (const draft of this.#drafts) {
      if (draft.code !== 'sent') {
        instructions.push(draft);
        continue;
      }
      const sent = this.#state.sent[draft.value] as SentWords;
      if (!this.#storesDirectly(draft.writer, sent) && sent.stores.length > 0) {
        instructions.push({ code: 'store', buffer: draft.buffer, moves: sent.stores });
      }
      if (!sent.received) continue;
      const move = this.#state.copy(sent.runs, this.#state.table.contiguous(sent.runs.words));
      // The send's own base is part of the move's runs: see `execute`.
      const from = move.from.map((start) => start + sent.base);
      instructions.push({ code: 'send', value: draft.value, buffer: draft.buffer, move: { ...move, from } });
    }
    return { buffers: this.#buffers.map(({ local }) => local), instructions };
  }

  /** Lets the call write to the argument at once, if all that it writes goes to one place and nowhere else. */
  #storesDirectly(writer: CallOperand | null, sent: SentWords): boolean {
    const [store] = sent.stores;
    if (writer === null || store === undefined || sent.stores.length > 1) return false;
    if (sent.received || this.#needed.has(writer) || store.runs.lengths.length > 1) return false;
    if (store.runs.words !== sent.runs.words) return false;
    writer.argument = store.target;
    return true;
  }

  /** Parameters that change, evaluated where they do not depend on the grid; fills `call.parameters`. */
  #parameters(call: BoundCall, registers: Int32Array): CallInstruction['parameters'] {
    return call.variables.map(({ name, value }) => {
      const constant = evaluateRegisters(value, registers);
      const grid = this.#state.gridPart(value);
      call.parameters[name] = constant;
      return { name, constant, grid };
    });
  }

  /** Operands must be as long in every iteration. */
  #requireSteadySizes(call: BoundCall, parameters: CallInstruction['parameters'], counts: readonly number[]): void {
    const changing = parameters.filter(({ grid }) => grid.some((step) => step !== 0));
    if (changing.length === 0) return;
    for (const { name, constant, grid } of changing) {
      const { extents } = this.#state;
      call.parameters[name] = grid.reduce((sum, step, axis) => sum + step * ((extents[axis] as number) - 1), constant);
    }
    const last = call.operands.map(({ elements }) => elements(call.parameters));
    for (const { name, constant } of changing) call.parameters[name] = constant;
    if (last.some((count, index) => count !== counts[index])) throw new NotLiftable();
  }

  #operand(operand: BoundOperand, buffer: BufferState, offset: number, count: number, shared: boolean): CallOperand {
    const from = Math.floor(offset / buffer.elementsPerWord);
    const to = Math.ceil((offset + count) / buffer.elementsPerWord);
    if (operand.access !== 'write') {
      this.#touch(buffer);
      this.#requireWritten(buffer, from, to);
      this.#settleWriter(buffer);
    }
    if (operand.access === 'read' && !shared && !buffer.local.accumulator && offset % buffer.elementsPerWord === 0) {
      const pieces = buffer.contents.read(from, this.#state.table.contiguous(to - from), this.#state.table);
      const [piece] = pieces ?? [];
      if (pieces?.length === 1 && piece?.origin.kind === 'argument' && piece.runs.starts.length === 1) {
        return { buffer: buffer.index, offset, argument: this.#state.place(piece.origin, piece.base) };
      }
    }
    if (operand.access === 'write') this.#loadEdges(buffer, offset, count);
    else this.#load(buffer, from, to);
    return { buffer: buffer.index, offset, argument: null };
  }

  #noteWrite(
    buffer: BufferState,
    offset: number,
    count: number,
    access: 'write' | 'update',
    operand: CallOperand,
    sources: readonly OperandSource[],
  ): void {
    const { elementsPerWord } = buffer;
    const from = Math.floor(offset / elementsPerWord);
    const to = Math.ceil((offset + count) / elementsPerWord);
    if (access === 'write' && buffer.chain !== null) this.#touch(buffer);
    buffer.contents.clear(from, to - from);
    // Half a word counts as written: the other half then holds what it held.
    this.#mark(buffer, Math.ceil(offset / elementsPerWord), Math.floor((offset + count) / elementsPerWord));
    if (elementsPerWord > 1 && (offset % elementsPerWord !== 0 || (offset + count) % elementsPerWord !== 0)) {
      this.#mark(buffer, from, to);
    }
    buffer.zeros = 0;
    const whole = access === 'write' && offset === 0 && count === buffer.local.elements && !buffer.local.accumulator;
    const alone = sources.filter((source) => source === buffer.local).length === 1;
    if (!whole) this.#settleWriter(buffer);
    buffer.writer = whole && alone && count % elementsPerWord === 0 ? operand : null;
  }

  /** copy-bf16 moves words like a DMA: the copy is where its original came from. */
  #isCopy(call: BoundCall, offsets: readonly number[], counts: readonly number[]): boolean {
    if (call.microkernel.signature.name !== 'copy-bf16') return false;
    const from = call.operands.findIndex(({ name }) => name === 'a');
    const to = call.operands.findIndex(({ name }) => name === 'c');
    const [source, target] = [from, to].map((index) =>
      this.#bySource.get((call.operands[index] as BoundOperand).source),
    );
    const [a, c] = [offsets[from] as number, offsets[to] as number];
    const count = counts[from] as number;
    if (source === undefined || target === undefined || source === target) return false;
    if (a % 2 !== 0 || c % 2 !== 0 || count % 2 !== 0) return false;
    const { table } = this.#state;
    const runs = table.contiguous(count / 2);
    const pieces = source.contents.read(a / 2, runs, table);
    if (pieces === null || pieces.some(({ origin }) => origin.kind === 'sent')) return false;
    this.#touch(target);
    this.#settleWriter(target);
    target.writer = null;
    this.#mark(target, c / 2, c / 2 + runs.words);
    target.contents.fill(c / 2, runs, pieces);
    return true;
  }

  /** Notes a product where its operands are ones that can be put together with others'; false where not. */
  #product(call: BoundCall, names: ProductKernel, offsets: readonly number[], counts: readonly number[]): boolean {
    const m = call.parameters[names.m] as number;
    const n = call.parameters[names.n] as number;
    const k = call.parameters[names.k] as number;
    if (call.variables.some(({ name }) => name === names.m || name === names.n || name === names.k)) return false;
    const at = (name: string): number => call.operands.findIndex((operand) => operand.name === name);
    const [aAt, bAt, cAt] = [at(names.a), at(names.b), at(names.c)];
    const sources = [aAt, bAt, cAt].map((index) => (call.operands[index] as BoundOperand).source);
    if (new Set(sources).size < 3) return false;
    const [aBuffer, bBuffer, c] = sources.map((source) => this.#bySource.get(source)) as [
      BufferState,
      BufferState,
      BufferState,
    ];
    const a = this.#panel(aBuffer, offsets[aAt] as number, counts[aAt] as number, 'k-blocks', m, k);
    const b = this.#panel(bBuffer, offsets[bAt] as number, counts[bAt] as number, names.bLayout, n, k);
    const offset = offsets[cAt] as number;
    if (names.rounds) {
      if (c.elementsPerWord !== 2 || c.local.accumulator) return false;
      const from = Math.floor(offset / 2);
      const to = Math.ceil((offset + m * n) / 2);
      this.#touch(c);
      this.#requireWritten(c, from, to);
      this.#settleWriter(c);
      this.#load(c, from, to);
      this.#loadPanel(a, m * k);
      this.#loadPanel(b, k * n);
      c.contents.clear(from, to - from);
      c.writer = null;
      const product: ProductInstruction = {
        code: 'product',
        m,
        n,
        k,
        a,
        b,
        buffer: c.index,
        offset,
        rounds: true,
      };
      this.#drafts.push(product);
      return true;
    }
    if (!c.local.accumulator || c.local.format !== 'f32' || a.kind !== 'argument' || b.kind !== 'argument')
      return false;
    if (c.chain !== null) {
      if (continuesChain(c.chain, { m, n, offset, a, b })) {
        c.chain.k += k;
        return true;
      }
      this.#touch(c);
      return false;
    }
    if (c.zeros < offset + m * n) return false;
    c.chain = { m, n, k, offset, a, b };
    c.zeros = 0;
    return true;
  }

  /** Where an operand of a product lies: in an argument if its vectors are evenly spaced there, else in L1. */
  #panel(
    buffer: BufferState,
    offset: number,
    count: number,
    layout: PanelLayout,
    outers: number,
    depth: number,
  ): PanelSource {
    const inCore: PanelSource = { kind: 'core', buffer: buffer.index, offset, layout };
    if (offset % 2 !== 0 || count % 2 !== 0 || buffer.local.format !== 'bf16') return inCore;
    this.#requireWritten(buffer, offset / 2, (offset + count) / 2);
    const { table } = this.#state;
    const pieces = buffer.contents.read(offset / 2, table.contiguous(count / 2), table);
    const [piece] = pieces ?? [];
    if (pieces?.length !== 1 || piece === undefined || piece.origin.kind !== 'argument') return inCore;
    const strides = panelStrides(piece.runs, layout, outers, depth);
    if (strides === null) return inCore;
    const { argument, shift, base } = this.#state.place(piece.origin, piece.base);
    return { kind: 'argument', argument, shift, base: 2 * base, ...strides };
  }

  #loadPanel(panel: PanelSource, count: number): void {
    if (panel.kind !== 'core') return;
    const buffer = this.#buffers[panel.buffer] as BufferState;
    const from = Math.floor(panel.offset / 2);
    const to = Math.ceil((panel.offset + count) / 2);
    this.#touch(buffer);
    this.#requireWritten(buffer, from, to);
    this.#settleWriter(buffer);
    this.#load(buffer, from, to);
  }

  /** Something other than the next product of a chain turns to the buffer: the chain ends before it. */
  #touch(buffer: BufferState): void {
    const { chain } = buffer;
    if (chain === null) return;
    buffer.chain = null;
    const { m, n, k, a, b, offset } = chain;
    this.#drafts.push({ code: 'product', m, n, k, a, b, buffer: buffer.index, offset, rounds: false });
  }

  /** What was written by one call has been looked at: the call cannot write elsewhere. */
  #settleWriter(buffer: BufferState): void {
    if (buffer.writer !== null) this.#needed.add(buffer.writer);
  }

  /** Emits the loads of the extents that touch words [from, to). */
  #load(buffer: BufferState, from: number, to: number): void {
    for (const extent of buffer.contents.extents) {
      if (extent.loaded || extent.at + extent.words <= from || extent.at >= to) continue;
      this.#emitLoad(buffer, extent);
      extent.loaded = true;
    }
  }

  #loadEdges(buffer: BufferState, offset: number, count: number): void {
    if (buffer.elementsPerWord === 1) return;
    const first = Math.floor(offset / buffer.elementsPerWord);
    const last = Math.floor((offset + count) / buffer.elementsPerWord);
    if (offset % buffer.elementsPerWord !== 0) this.#load(buffer, first, first + 1);
    if ((offset + count) % buffer.elementsPerWord !== 0) this.#load(buffer, last, last + 1);
  }

  #emitLoad(buffer: BufferState, extent: Extent): void {
    const { table } = this.#state;
    const stretch = sliceStretch(extent.stretch, extent.first, extent.words, table);
    this.#drafts.push({
      code: 'load',
      buffer: buffer.index,
      source:
        stretch.origin.kind === 'argument'
          ? this.#state.place(stretch.origin, stretch.base)
          : { value: stretch.origin.value, base: stretch.base },
      targetBase: extent.at,
      runs: this.#state.copy(stretch.runs, table.contiguous(extent.words)),
      widens: buffer.local.accumulator,
    });
  }

  #mark(buffer: BufferState, from: number, to: number): void {
    if (buffer.wholeWritten) return;
    if (from === 0 && to === buffer.written.length) buffer.wholeWritten = true;
    else buffer.written.fill(1, from, to);
  }

  #requireWritten(buffer: BufferState, from: number, to: number): void {
    if (buffer.wholeWritten) return;
    for (let word = from; word < to; word++) if (buffer.written[word] === 0) throw new NotLiftable();
  }
}

function continuesChain(
  chain: Chain,
  next: {
    readonly m: number;
    readonly n: number;
    readonly offset: number;
    readonly a: Chain['a'];
    readonly b: Chain['b'];
  },
): boolean {
  const continues = (before: Chain['a'], after: Chain['a']): boolean =>
    before.argument === after.argument &&
    before.shift === after.shift &&
    before.outerStride === after.outerStride &&
    before.kStride === after.kStride &&
    before.base + chain.k * before.kStride === after.base;
  return (
    chain.m === next.m &&
    chain.n === next.n &&
    chain.offset === next.offset &&
    continues(chain.a, next.a) &&
    continues(chain.b, next.b)
  );
}

const knownStrides = new WeakMap<WordRuns, Map<string, { outerStride: number; kStride: number } | null>>();

/** The strides of an operand's vectors in the memory that its words come from, or null where they are uneven. */
function panelStrides(
  runs: WordRuns,
  layout: PanelLayout,
  outers: number,
  depth: number,
): { outerStride: number; kStride: number } | null {
  const known = knownStrides.get(runs) ?? new Map<string, { outerStride: number; kStride: number } | null>();
  knownStrides.set(runs, known);
  const key = `${layout}:${outers}:${depth}`;
  let strides = known.get(key);
  if (strides === undefined) {
    strides = findStrides(runs, layout, outers, depth);
    known.set(key, strides);
  }
  return strides;
}

function findStrides(
  runs: WordRuns,
  layout: PanelLayout,
  outers: number,
  depth: number,
): { outerStride: number; kStride: number } | null {
  const elements = new Int32Array(2 * runs.words);
  for (let run = 0; run < runs.starts.length; run++) {
    const first = runs.before[run] as number;
    for (let word = first; word < (runs.before[run + 1] as number); word++) {
      const at = 2 * ((runs.starts[run] as number) + word - first);
      elements[2 * word] = at;
      elements[2 * word + 1] = at + 1;
    }
  }
  const at = (outer: number, k: number): number => elements[panelElement(layout, outer, k, outers, depth)] as number;
  const outerStride = outers > 1 ? at(1, 0) : 0;
  const kStride = depth > 1 ? at(0, 1) : 0;
  for (let outer = 0; outer < outers; outer++) {
    for (let k = 0; k < depth; k++) if (at(outer, k) !== outer * outerStride + k * kStride) return null;
  }
  return { outerStride, kStride };
}
