import { evaluateRegisters } from '../execution/register-affine.ts';
import { unrolledCopy } from '../machine/unrolled-loop.ts';
import type { CallOperation, GetOperation, Process, ProcessBuffer, PutOperation, TaskQueue } from './process.ts';
import { acceptedByAll, type Waiter } from './stream.ts';

/** What happens to the data when processes move on: words are copied, or only followed. */
export interface DataPlane {
  /** Words [first, first + words) of the transfer go from the buffer, offset at `base`, to its stream. */
  put(process: Process, operation: PutOperation, base: number, first: number, words: number): void;
  get(process: Process, operation: GetOperation, base: number, first: number, words: number): void;
  /** Null, or what is wrong with the call's operands. */
  call(process: Process, operation: CallOperation): string | null;
}

/** What a process needs from the network that it runs in. */
export interface Network {
  /** Grid values, one row of `axes` per iteration, in the order of execution. */
  readonly gridValues: Int32Array;
  readonly axes: number;
  readonly iterations: number;
  readonly data: DataPlane;
  wake(waiter: Waiter): void;
  /** Ends the run: the process touches memory that is not its own. */
  invalidAccess(process: Process, text: string): never;
}

/** Turns of loops after which a process lets the others go on: a core may have billions of them to itself. */
const TURNS_AT_ONCE = 4096;

/** Runs a process until it is done, nothing it could do next is possible yet, or it has had its turn and is woken for another. */
export function runProcess(process: Process, network: Network): void {
  const { operations, registers } = process;
  process.waitsOn = null;
  let turns = 0;
  for (;;) {
    const operation = operations[process.at];
    switch (operation.code) {
      case 'grid':
        if (process.iteration === network.iterations) {
          process.done = true;
          return;
        }
        for (let axis = 0; axis < network.axes; axis++) {
          registers[axis] = network.gridValues[process.iteration * network.axes + axis];
        }
        process.iteration++;
        process.at++;
        break;
      case 'again':
        process.at = 0;
        break;
      case 'loop':
        registers[operation.register] = 0;
        process.at++;
        break;
      case 'next':
        process.at = ++registers[operation.register] < operation.extent ? operation.start : process.at + 1;
        if (++turns === TURNS_AT_ONCE) {
          network.wake(process);
          return;
        }
        break;
      case 'select':
        for (const buffer of operation.buffers) {
          buffer.selected = unrolledCopy(registers[operation.register], buffer.loop.trips);
          buffer.seen.data = buffer.copies[buffer.selected].data;
        }
        process.at++;
        break;
      case 'claim':
        for (const buffer of operation.buffers) buffer.fresh = true;
        process.at++;
        break;
      case 'call': {
        const problem = network.data.call(process, operation);
        if (problem !== null) network.invalidAccess(process, problem);
        process.at++;
        break;
      }
      case 'put':
        if (!put(process, operation, network)) return;
        break;
      case 'get':
        if (!get(process, operation, network)) return;
        break;
    }
  }
}

/** A buffer's content is handed to the DMA whole; an argument in DDR is read as the readers have room. */
function put(process: Process, operation: PutOperation, network: Network): boolean {
  const { stream, buffer, pattern } = operation;
  if (!hasTask(process, operation.queue) || !acquireCopy(process, buffer)) return false;
  if (buffer.outOfStep !== null) turnTo(buffer, operation.byCore);
  const base = checkedBase(process, operation, network);
  const inDdr = buffer.copies.length === 0;
  const words = inDdr ? Math.min(pattern.words - process.moved, acceptedByAll(stream) - stream.put) : pattern.words;
  if (words > 0) {
    network.data.put(process, operation, base, process.moved, words);
    stream.put += words;
    for (const reader of stream.readers) {
      if (reader.waiting !== null) {
        network.wake(reader.waiting);
        reader.waiting = null;
      }
    }
    process.moved += words;
  }
  if (process.moved < pattern.words) {
    stream.writerWaiting = process;
    process.waitsOn = `channel ${stream.name} to be taken`;
    return false;
  }
  if (!inDdr) buffer.copies[buffer.generation % buffer.copies.length].push({ stream, end: stream.put });
  if (operation.queue !== null) operation.queue.transfers++;
  process.moved = 0;
  process.at++;
  return true;
}

function get(process: Process, operation: GetOperation, network: Network): boolean {
  const { stream, reader, buffer, pattern } = operation;
  if (!hasTask(process, operation.queue) || !acquireCopy(process, buffer)) return false;
  if (buffer.outOfStep !== null) turnTo(buffer, operation.byCore);
  const base = checkedBase(process, operation, network);
  const words = Math.min(pattern.words - process.moved, stream.put - reader.taken);
  if (words > 0) {
    network.data.get(process, operation, base, process.moved, words);
    reader.taken += words;
    process.moved += words;
    if (stream.writerWaiting !== null) {
      network.wake(stream.writerWaiting);
      stream.writerWaiting = null;
    }
  }
  if (process.moved < pattern.words) {
    reader.waiting = process;
    process.waitsOn = `channel ${stream.name} to be filled`;
    return false;
  }
  if (operation.queue !== null) operation.queue.transfers++;
  process.moved = 0;
  process.at++;
  return true;
}

/** False for ever where the transfer's task was pushed to a full queue. */
function hasTask(process: Process, queue: TaskQueue | null): boolean {
  if (queue === null) return true;
  const transfer = queue.transfers % queue.lostFrom.perBatch;
  if (transfer < queue.lostFrom.transfer) return true;
  process.waitsOn = `its task for transfer ${transfer} of the batch, which was pushed to a full queue and is lost`;
  return false;
}

/** The copy that a transfer works on: the core's own in a cascade, else the next of the DMA's ring. */
function turnTo(buffer: ProcessBuffer, byCore: boolean): void {
  if (buffer.outOfStep === null) return;
  const { copies, selected } = buffer.outOfStep;
  const copy = copies[byCore ? selected : (buffer.generation - 1) % copies.length];
  buffer.words = copy.words;
  buffer.accumulator = copy.accumulator ? copy : null;
}

/** Whether the buffer has a copy whose former content has been taken; if not, the process waits for that. */
function acquireCopy(process: Process, buffer: ProcessBuffer): boolean {
  if (!buffer.fresh) return true;
  const pending = buffer.copies[(buffer.generation + 1) % buffer.copies.length];
  while (pending.length > 0) {
    const { stream, end } = pending[pending.length - 1];
    if (acceptedByAll(stream) < end) {
      stream.writerWaiting = process;
      process.waitsOn = `channel ${stream.name} to take ${buffer.name}`;
      return false;
    }
    pending.pop();
  }
  buffer.generation++;
  buffer.fresh = false;
  return true;
}

function checkedBase(process: Process, operation: PutOperation | GetOperation, network: Network): number {
  const { buffer, pattern } = operation;
  const offset = evaluateRegisters(operation.offset, process.registers);
  const base = offset / buffer.elementsPerWord;
  if (!Number.isInteger(base)) {
    network.invalidAccess(process, `${operation.text} starts at element ${offset}, inside a 32-bit word`);
  }
  if (base + pattern.lowest < 0 || (base + pattern.highest + 1) * buffer.elementsPerWord > buffer.elements) {
    const first = (base + pattern.lowest) * buffer.elementsPerWord;
    const last = (base + pattern.highest + 1) * buffer.elementsPerWord - 1;
    network.invalidAccess(
      process,
      `${operation.text} reaches elements ${first} to ${last} of ${buffer.name}, which has ${buffer.elements}`,
    );
  }
  return base;
}
