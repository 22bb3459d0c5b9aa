import {
  bf16ArrayToF32,
  evaluateAffine,
  f32ArrayToBf16,
  MICROKERNELS,
  RuntimeFault,
  throwIfAborted,
} from '@tilewright/spec';
import { ARITHMETIC } from './microkernels.js';
import { points, processesOf } from './processes.js';
import { Streams } from './streams.js';

/** How long the thread is kept before timers and abort signals are let through. */
const SLICE_MS = 50;

/**
 * Runs a Program on DDR memory, one launch after the other. Each launch is a network of sequential processes
 * that meet in streams and nowhere else (Kahn's model): whichever runs first, the result is the same.
 * @param {string} dispatch
 * @param {import('@tilewright/spec').Program} program
 * @param {import('./processes.js').Process['buffers']} buffers DDR by argument name
 * @param {readonly (AbortSignal | undefined)[]} signals
 */
export async function executeProgram(dispatch, program, buffers, signals) {
  const formats = new Map(program.arguments.map(({ name, format }) => [name, format]));
  for (const launch of program.launches) {
    const streams = new Streams(launch.channels);
    let running = processesOf(launch, { buffers, formats }).map((process) => ({
      process,
      waitsOn: /** @type {Waiting | null} */ (null),
      steps: runProcess(process, launch.grid, streams),
    }));
    let pause = performance.now() + SLICE_MS;
    while (running.length > 0) {
      const ready = running.filter(({ waitsOn }) => waitsOn === null || waitsOn.queue.available >= waitsOn.elements);
      if (ready.length === 0) throw timeout(dispatch, running, streams);
      for (const one of ready) one.waitsOn = one.steps.next().value ?? null;
      running = running.filter(({ waitsOn }) => waitsOn !== null);
      if (performance.now() < pause) continue;
      await new Promise((resume) => setImmediate(resume));
      for (const signal of signals) throwIfAborted(signal);
      pause = performance.now() + SLICE_MS;
    }
    if (streams.queues.some(({ available }) => available > 0)) throw timeout(dispatch, [], streams);
  }
}

/**
 * What a process waits for before it can go on.
 * @typedef {{ queue: ReturnType<Streams['reader']>, elements: number }} Waiting
 */

/**
 * A process as a generator that stops wherever data has not come yet.
 * @param {import('./processes.js').Process} process
 * @param {readonly import('@tilewright/spec').Loop[]} grid
 * @param {Streams} streams
 * @returns {Generator<Waiting, void, void>}
 */
function* runProcess(process, grid, streams) {
  for (const point of points(grid)) {
    Object.assign(process.scope, point);
    yield* runBody(process.body, process, streams);
  }
}

/**
 * @param {readonly import('@tilewright/spec').Statement[]} body
 * @param {import('./processes.js').Process} process
 * @param {Streams} streams
 * @returns {Generator<Waiting, void, void>}
 */
function* runBody(body, process, streams) {
  const { scope, buffers } = process;
  for (const statement of body) {
    if (statement.kind === 'for') {
      for (let i = 0; i < statement.extent; i++) {
        scope[statement.variable] = i;
        yield* runBody(statement.body, process, streams);
      }
    } else if (statement.kind === 'if') {
      const value = evaluateAffine(statement.value, scope);
      if (statement.is === 'zero' ? value === 0 : value > 0) yield* runBody(statement.body, process, streams);
    } else if (statement.kind === 'call') {
      call(statement, process);
    } else {
      const { channel, access } = statement;
      const at = statement.at.map((index) => evaluateAffine(index, scope));
      const memory = buffers.get(statement.buffer);
      const elements = access.sizes.reduce((product, size) => product * size, 1);
      const offset = evaluateAffine(access.offset, scope);
      if (statement.kind === 'put') {
        const sent = memory.slice(0, elements);
        eachRun(access, offset, (start, length, stride, done) => {
          for (let i = 0; i < length; i++) sent[done + i] = memory[start + i * stride];
        });
        streams.put(channel, at, sent);
      } else {
        const queue = streams.reader(channel, at);
        while (queue.available < elements) yield { queue, elements };
        const received = queue.take(elements);
        eachRun(access, offset, (start, length, stride, done) => {
          for (let i = 0; i < length; i++) memory[start + i * stride] = received[done + i];
        });
      }
    }
  }
}

/**
 * Visits an access pattern row-major, one run of its innermost dimension at a time.
 * @param {import('@tilewright/spec').AccessPattern} access
 * @param {number} offset
 * @param {(start: number, length: number, stride: number, done: number) => void} visit
 */
function eachRun({ sizes, strides }, offset, visit) {
  const inner = sizes.length - 1;
  const length = sizes[inner] ?? 1;
  const descend = (dimension, start, done) => {
    if (dimension >= inner) {
      visit(start, length, strides[inner] ?? 1, done);
      return done + length;
    }
    for (let i = 0; i < sizes[dimension]; i++) done = descend(dimension + 1, start + i * strides[dimension], done);
    return done;
  };
  descend(0, offset, 0);
}

/**
 * Widens the operands of a microkernel to FP32, computes, and rounds what it wrote to its format, nearest even.
 * @param {import('@tilewright/spec').CallStatement} statement
 * @param {import('./processes.js').Process} process
 */
function call({ microkernel, operands, parameters }, { scope, buffers, formats }) {
  const values = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, evaluateAffine(value, scope)]),
  );
  const views = MICROKERNELS.get(microkernel).operands.map(({ name, access, elements }) => {
    const { buffer, offset } = operands[name];
    const start = evaluateAffine(offset, scope);
    const memory = buffers.get(buffer).subarray(start, start + elements(values));
    const isBf16 = formats.get(buffer) === 'bf16';
    const widened = isBf16 ? bf16ArrayToF32(memory) : new Float32Array(memory.buffer, memory.byteOffset, memory.length);
    return { name, memory, widened, rounds: isBf16 && access !== 'read' };
  });
  ARITHMETIC[microkernel](Object.fromEntries(views.map(({ name, widened }) => [name, widened])), values);
  for (const { memory, widened, rounds } of views) if (rounds) f32ArrayToBf16(widened, memory);
}

/** Nothing can move any more: somebody waits for data that nobody sends, or was sent data that nobody takes. */
function timeout(dispatch, waiting, streams) {
  const left = streams.queues.find(({ available }) => available > 0);
  const [first] = waiting;
  const message =
    first === undefined
      ? `data in ${left?.name} is never taken`
      : `${first.process.name} waits on ${first.waitsOn.queue.name}`;
  return new RuntimeFault('timeout', dispatch, `${dispatch}: ${message}.`, {
    actors: waiting.map(({ process, waitsOn }) => ({
      actor: process.name,
      state: 'waiting',
      waitsOn: `channel ${waitsOn.queue.name}`,
      at: `get of ${waitsOn.elements} elements`,
    })),
    locks: [],
    channels: streams.queues.map(({ name, elementsPut, elementsTaken }) => ({ name, elementsPut, elementsTaken })),
  });
}
