import type { MatrixEngine, Program, ProgramArgument } from '@tilewright/spec';
import { AttentionRunner } from '../attention/attention-runner.ts';
import { fuseAttention } from '../attention/fuse-attention.ts';
import type { Executor } from '../execution/executor.ts';
import { elementView, type LocalBuffer, loadRounded, storeRounded, wordsOf } from '../execution/local-buffer.ts';
import type { Storage } from '../microkernels/microkernel.ts';
import type { IterationWorkers } from '../parallel/iteration-workers.ts';
import { isShareable, SharedRun } from '../parallel/shared-run.ts';
import type { Lane } from './lane.ts';
import type {
  ArgumentPlace,
  CallInstruction,
  CopyRuns,
  Instruction,
  LiftedCore,
  LiftedLaunch,
  LoadInstruction,
} from './lifted-launch.ts';
import { matrixLaunch } from './matrix-launch.ts';
import { matrixSteps } from './matrix-steps.ts';
import { ProductBatch } from './product-batch.ts';

/** Memory of cores and products that a wave of iterations may take. */
const WAVE_BYTES = 96 * 2 ** 20;
/** The same where cores go on computing with products: what a wave works on should stay in the cache. */
const CACHED_WAVE_BYTES = 16 * 2 ** 20;

/**
 * Executes a followed launch: iterations in waves, each core of each of them on its own until it wants a
 * matrix product, and the products of all of them together. Operands are read where they lie in DDR. A launch that is
 * one matrix product and nothing else is one for an engine.
 * Long iterations that need no engine are shared with `workers`.
 * `fallback` executes the launch where its arguments turn out to overlap.
 */
export function liftedExecutor(
  traced: LiftedLaunch,
  program: Program,
  launch: number,
  engine: MatrixEngine | null,
  workers: IterationWorkers | null,
  fallback: () => Executor,
): Executor {
  const arguments_ = program.arguments;
  const lifted = fused(traced);
  const matrix = matrixLaunch(lifted);
  const shared =
    workers !== null && workers.count > 0 && isShareable(lifted) ? new SharedRun(workers, { program, launch }) : null;
  const iterations = fusedIterations(lifted, arguments_);
  let stepwise: Executor | null = null;
  let running: Executor | null = null;
  let steps: Generator<Promise<void> | null, void, undefined> | null = null;
  return {
    start(argumentWords) {
      running = null;
      if (overlapping(lifted, argumentWords)) {
        stepwise ??= fallback();
        running = stepwise;
        running.start(argumentWords);
        return;
      }
      if (shared !== null) {
        steps = shared.steps(argumentWords, lifted.writtenArguments, iterations);
        return;
      }
      const elements = elementsOf(arguments_, argumentWords);
      steps =
        matrix === null || engine === null
          ? launchSteps(lifted, argumentWords, elements, engine, null)
          : matrixSteps(matrix, elements, engine);
    },
    advance(budgetMs) {
      if (running !== null) return running.advance(budgetMs);
      const deadline = performance.now() + budgetMs;
      for (;;) {
        const { done, value } = (steps as NonNullable<typeof steps>).next();
        if (done === true) return true;
        if (value instanceof Promise) return value.then(() => false);
        if (performance.now() > deadline) return false;
      }
    },
    cancel() {
      stepwise?.cancel?.();
      shared?.cancel();
    },
  };
}

/** Computes iterations on a program's arguments, as long as `next` gives their numbers, without an engine. */
export type IterationsOf = (
  words: readonly Int32Array[],
  next: () => number,
) => Generator<Promise<void> | null, void, undefined>;

/** The iterations of a launch as another thread has followed it. */
export function liftedIterations(traced: LiftedLaunch, arguments_: readonly ProgramArgument[]): IterationsOf {
  return fusedIterations(fused(traced), arguments_);
}

function fusedIterations(lifted: LiftedLaunch, arguments_: readonly ProgramArgument[]): IterationsOf {
  return (words, next) => launchSteps(lifted, words, elementsOf(arguments_, words), null, next);
}

function fused(traced: LiftedLaunch): LiftedLaunch {
  const families = new Map();
  return { ...traced, cores: traced.cores.map((core) => fuseAttention(core, families)) };
}

function elementsOf(arguments_: readonly ProgramArgument[], words: readonly Int32Array[]): readonly Storage[] {
  return arguments_.map(({ format, elements }, index) => elementView(format, words[index] as Int32Array, elements));
}

/** Whether something that is written shares memory with something else that the launch uses. */
function overlapping({ readArguments, writtenArguments }: LiftedLaunch, words: readonly Int32Array[]): boolean {
  const used = [...new Set([...readArguments, ...writtenArguments])];
  return [...writtenArguments].some((index) =>
    used.some((other) => {
      const a = words[index] as Int32Array;
      const b = words[other] as Int32Array;
      if (other === index || a.buffer !== b.buffer) return false;
      return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
    }),
  );
}

function* launchSteps(
  lifted: LiftedLaunch,
  words: readonly Int32Array[],
  elements: readonly Storage[],
  engine: MatrixEngine | null,
  next: (() => number) | null,
): Generator<Promise<void> | null, void, undefined> {
  const needed = lifted.cores.map(neededBuffers);
  const size = next === null ? waveSize(lifted, needed) : 1;
  const lanes: Lane[] = [];
  for (let slot = 0; slot < size; slot++) {
    for (const [index, core] of lifted.cores.entries()) lanes.push(newLane(core, needed[index] as ReadonlySet<number>));
  }
  const argument = (index: number): Uint16Array => elements[index] as Uint16Array;
  const products = new ProductBatch(engine, argument);
  const inOrder = new ProductBatch(null, argument);
  const attention = lifted.cores.some(({ instructions }) => instructions.some(({ code }) => code === 'attention'))
    ? new AttentionRunner(argument, (instructions, lane) => runPlain(instructions, lane, memory, inOrder))
    : null;
  const memory: Memory = { words, elements, attention };
  let taken = 0;
  const nextFirst = next ?? (() => size * taken++);
  for (let first = nextFirst(); first < lifted.iterations; first = nextFirst()) {
    const count = Math.min(size, lifted.iterations - first);
    const wave = lanes.slice(0, count * lifted.cores.length);
    for (let slot = 0; slot < count; slot++) beginIteration(lifted, wave, slot, first + slot, memory);
    yield* runWave(wave, memory, products);
  }
  products.close();
}

interface Memory {
  readonly attention: AttentionRunner | null;
  readonly words: readonly Int32Array[];
  readonly elements: readonly Storage[];
}

function* runWave(
  wave: readonly Lane[],
  memory: Memory,
  products: ProductBatch,
): Generator<Promise<void> | null, void, undefined> {
  for (;;) {
    let moved = false;
    for (const lane of wave) {
      if (lane.product !== null || lane.at === lane.core.instructions.length) continue;
      const before = lane.at;
      runLane(lane, memory);
      if (lane.at > before) moved = true;
      yield null;
    }
    if (moved) continue;
    const waiting = wave.filter(({ product }) => product !== null);
    if (waiting.length === 0) return;
    yield* products.run(waiting);
  }
}

function beginIteration(
  lifted: LiftedLaunch,
  wave: readonly Lane[],
  slot: number,
  iteration: number,
  memory: Memory,
): void {
  const axes = lifted.shifts[0]?.length ?? 0;
  const grid = lifted.gridValues.subarray(iteration * axes, (iteration + 1) * axes);
  const shifts = Int32Array.from(lifted.shifts, (steps) =>
    steps.reduce((sum, step, axis) => sum + step * (grid[axis] as number), 0),
  );
  const values: (Int32Array | undefined)[] = [];
  for (let core = 0; core < lifted.cores.length; core++) {
    const lane = wave[slot * lifted.cores.length + core] as Lane;
    lane.grid = grid;
    lane.shifts = shifts;
    lane.values = values;
    lane.at = 0;
    lane.product = null;
  }
  const at = (place: ArgumentPlace): number => place.base + (shifts[place.shift] as number);
  for (const { source, target, runs } of lifted.passing) {
    const from = source as ArgumentPlace;
    copyWords(
      memory.words[from.argument] as Int32Array,
      at(from),
      memory.words[target.argument] as Int32Array,
      at(target),
      runs,
    );
  }
}

/** Runs a lane until it is done, wants a product, or needs what another core has not sent yet. */
function runLane(lane: Lane, memory: Memory): void {
  const { instructions } = lane.core;
  for (; lane.at < instructions.length; lane.at++) {
    const instruction = instructions[lane.at] as Instruction;
    switch (instruction.code) {
      case 'call':
        callMicrokernel(instruction, lane, memory);
        break;
      case 'load':
        if (!load(instruction, lane, memory)) return;
        break;
      case 'product':
        lane.product = instruction;
        lane.at++;
        return;
      case 'attention':
        (memory.attention as AttentionRunner).run(instruction, lane);
        break;
      case 'store': {
        const buffer = lane.buffers[instruction.buffer] as LocalBuffer;
        if (buffer.accumulator) storeRounded(buffer, 0, buffer.elements);
        for (const { source, target, runs } of instruction.moves) {
          const base = target.base + (lane.shifts[target.shift] as number);
          copyWords(buffer.words, source.base, memory.words[target.argument] as Int32Array, base, runs);
        }
        break;
      }
      case 'send': {
        const buffer = lane.buffers[instruction.buffer] as LocalBuffer;
        if (buffer.accumulator) storeRounded(buffer, 0, buffer.elements);
        const value = new Int32Array(instruction.move.words);
        copyWords(buffer.words, 0, value, 0, instruction.move);
        lane.values[instruction.value] = value;
        break;
      }
    }
  }
}

/** Runs instructions that wait for nothing, with products one at a time. */
function runPlain(instructions: readonly Instruction[], lane: Lane, memory: Memory, products: ProductBatch): void {
  for (const instruction of instructions) {
    if (instruction.code === 'call') callMicrokernel(instruction, lane, memory);
    if (instruction.code !== 'product') continue;
    lane.product = instruction;
    const steps = products.run([lane]);
    while (steps.next().done !== true);
  }
}

/** False where the value has not been sent yet. */
function load({ buffer, source, targetBase, runs, widens }: LoadInstruction, lane: Lane, memory: Memory): boolean {
  const target = lane.buffers[buffer] as LocalBuffer;
  if ('value' in source) {
    const value = lane.values[source.value];
    if (value === undefined) return false;
    copyWords(value, source.base, target.words, targetBase, runs);
  } else {
    const base = source.base + (lane.shifts[source.shift] as number);
    copyWords(memory.words[source.argument] as Int32Array, base, target.words, targetBase, runs);
  }
  if (widens) {
    const perWord = target.format === 'bf16' ? 2 : 1;
    loadRounded(target, targetBase * perWord, Math.min(target.elements, (targetBase + runs.words) * perWord));
  }
  return true;
}

function callMicrokernel({ call, operands, parameters }: CallInstruction, lane: Lane, memory: Memory): void {
  for (const [index, operand] of operands.entries()) {
    const view = (call.operands[index] as (typeof call.operands)[number]).view;
    const { argument } = operand;
    if (argument === null) {
      view.data = (lane.buffers[operand.buffer] as LocalBuffer).data;
      view.offset = operand.offset;
    } else {
      view.data = memory.elements[argument.argument] as Storage;
      const perWord = 4 / view.data.BYTES_PER_ELEMENT;
      view.offset = (argument.base + (lane.shifts[argument.shift] as number)) * perWord;
    }
  }
  for (const { name, constant, grid } of parameters) {
    let value = constant;
    for (let axis = 0; axis < grid.length; axis++) value += (grid[axis] as number) * (lane.grid[axis] as number);
    call.parameters[name] = value;
  }
  call.microkernel.implementation(call.views, call.parameters);
}

function copyWords(
  source: Int32Array,
  sourceBase: number,
  target: Int32Array,
  targetBase: number,
  runs: CopyRuns,
): void {
  const { from, to, lengths } = runs;
  for (let run = 0; run < lengths.length; run++) {
    const start = sourceBase + (from[run] as number);
    const at = targetBase + (to[run] as number);
    const words = lengths[run] as number;
    if (words >= 48) target.set(source.subarray(start, start + words), at);
    else for (let i = 0; i < words; i++) target[at + i] = source[start + i] as number;
  }
}

const ATTENTION_BUFFERS = ['scores', 'output', 'maximum', 'sum', 'factor', 'sums'] as const;

/** Buffers that an instruction touches. */
function neededBuffers(core: LiftedCore): ReadonlySet<number> {
  const needed = new Set<number>();
  for (const instruction of core.instructions) {
    switch (instruction.code) {
      case 'call':
        for (const { buffer, argument } of instruction.operands) if (argument === null) needed.add(buffer);
        break;
      case 'product':
        needed.add(instruction.buffer);
        for (const panel of [instruction.a, instruction.b]) if (panel.kind === 'core') needed.add(panel.buffer);
        break;
      case 'attention':
        for (const name of ATTENTION_BUFFERS) needed.add(instruction[name]);
        break;
      default:
        needed.add(instruction.buffer);
    }
  }
  return needed;
}

function newLane(core: LiftedCore, needed: ReadonlySet<number>): Lane {
  const buffers = core.buffers.map((buffer, index): LocalBuffer | null => {
    if (!needed.has(index)) return null;
    const words = new Int32Array(wordsOf(buffer.format, buffer.elements));
    const data = buffer.accumulator
      ? new Float64Array(buffer.elements)
      : elementView(buffer.format, words, buffer.elements);
    return { ...buffer, data, words };
  });
  return { core, buffers, grid: new Int32Array(0), shifts: new Int32Array(0), values: [], at: 0, product: null };
}

/** Iterations that run side by side: a divisor of all of them, so that waves are alike. */
function waveSize({ cores, iterations }: LiftedLaunch, needed: readonly ReadonlySet<number>[]): number {
  let bytes = 0;
  let most = WAVE_BYTES;
  for (const [index, { buffers, instructions }] of cores.entries()) {
    for (const buffer of needed[index] as ReadonlySet<number>) {
      const { elements, accumulator } = buffers[buffer] as LocalBuffer;
      bytes += elements * (accumulator ? 12 : 4);
    }
    let product = 0;
    for (const each of instructions) {
      if (each.code !== 'product') continue;
      product = Math.max(product, 8 * each.m * each.n);
      if (each.rounds) most = CACHED_WAVE_BYTES;
    }
    bytes += product;
  }
  let size = Math.min(iterations, Math.max(1, Math.floor(most / Math.max(bytes, 1))));
  while (iterations % size !== 0) size--;
  return size;
}
