import { BYTES_PER_ELEMENT, TilewrightError, throwIfAborted } from '@tilewright/spec';
import { CPU_ARRAY } from './device.js';
import { estimateProgram } from './estimate.js';
import { executeProgram } from './execute.js';
import { words } from './processes.js';

/** What device memory holds before anything writes it: 1.5e16 as bf16 or f32, so that it cannot pass for a result. */
const POISON_BYTE = 0x5a;

/**
 * Buffers with a device's copy of their own, and runs that wait for each other: there is one device.
 * @param {ReadonlyMap<string, import('@tilewright/spec').Program>} programs by dispatch
 * @param {'estimate' | 'measurement'} timing
 * @param {AbortSignal | undefined} sessionSignal
 * @returns {import('@tilewright/spec').TargetSession}
 */
export function openSession(programs, timing, sessionSignal) {
  /** @type {Map<import('@tilewright/spec').BufferObject, Uint8Array>} */
  const memories = new Map();
  let queue = Promise.resolve();
  let closed = false;

  const checkOpen = () => {
    if (closed) refuse('The session is closed.', 'Open another one.');
  };
  const memoryOf = (buffer) => {
    const memory = memories.get(buffer);
    return memory ?? refuse(`${buffer.name} is not a buffer of this session.`, 'Allocate it in this session.');
  };
  const execute = async (id, buffers, signals) => {
    checkOpen();
    for (const signal of signals) throwIfAborted(signal);
    const program = programs.get(id) ?? refuse(`The plan has no dispatch ${id}.`, 'Run one that it has.');
    if (buffers.length !== program.arguments.length) {
      refuse(`${id} takes ${program.arguments.length} buffers, not ${buffers.length}.`, 'Give one per argument.');
    }
    const ddr = program.arguments.map(({ name, format, elements }, index) => {
      const memory = memoryOf(buffers[index]);
      if (memory.length < elements * BYTES_PER_ELEMENT[format]) {
        refuse(`The buffer for ${name} of ${id} has ${memory.length} bytes.`, `It holds ${elements} of ${format}.`);
      }
      return [name, words(format, memory.buffer)];
    });
    const startedAt = performance.now();
    await executeProgram(id, program, new Map(ddr), signals);
    return { dispatch: id, timing: timing === 'measurement' ? measured('run', startedAt) : estimateProgram(program) };
  };

  return {
    async allocate({ name, bytes }) {
      checkOpen();
      if (!Number.isInteger(bytes) || bytes <= 0) refuse(`${name} has ${bytes} bytes.`, 'Ask for at least one byte.');
      const buffer = { name, bytes, host: new Uint8Array(bytes) };
      // Whole words, so that it can be seen as any format.
      memories.set(buffer, new Uint8Array(Math.ceil(bytes / 4) * 4).fill(POISON_BYTE));
      return buffer;
    },
    async sync(buffer, direction) {
      checkOpen();
      const startedAt = performance.now();
      const memory = memoryOf(buffer);
      if (direction === 'to-device') memory.set(buffer.host);
      else buffer.host.set(memory.subarray(0, buffer.bytes));
      return timing === 'measurement' ? measured('sync', startedAt) : estimatedSync(buffer.bytes);
    },
    run(id, buffers, options = {}) {
      const report = queue.then(() => execute(id, buffers, [sessionSignal, options.signal]));
      // A run that fails does so for its caller; the next one starts all the same.
      queue = report.then(
        () => {},
        () => {},
      );
      return report;
    },
    async close() {
      closed = true;
      await queue;
      memories.clear();
    },
  };
}

/**
 * Wall-clock time since then, at least one tick of the clock.
 * @param {string} name
 * @param {number} startedAt
 * @returns {import('@tilewright/spec').Measurement}
 */
function measured(name, startedAt) {
  const us = Math.max((performance.now() - startedAt) * 1000, 0.001);
  return { kind: 'measurement', us, samples: [us], parts: [{ name, us }] };
}

/**
 * @param {number} bytes
 * @returns {import('@tilewright/spec').Estimate}
 */
function estimatedSync(bytes) {
  const { syncUs, syncBytesPerSecond } = CPU_ARRAY.host;
  const us = syncUs + (bytes / syncBytesPerSecond) * 1e6;
  return { kind: 'estimate', us, parts: [{ name: 'sync', us }], boundBy: 'sync' };
}

/** @param {string} message @param {string} remedy @returns {never} */
function refuse(message, remedy) {
  throw new TilewrightError('usage', message, remedy);
}
