import { type Environment, evaluateAffine, TilewrightError } from '@tilewright/spec';
import type { CallStep, Step, TransferStep } from '../machine/machine.ts';
import { unrolledCopy } from '../machine/unrolled-loop.ts';
import type { OperandView } from '../microkernels/microkernel.ts';
import type { Position, Wait } from './actor.ts';
import type { ArrayState, TileBuffer } from './array-state.ts';
import type { ElementMemory } from './element-memory.ts';

/** Which of a flow's destinations the actor is; null for its producer. */
export type DestinationOf = (flow: number) => number;

/** Executes an actor's steps once, in order, yielding whenever one cannot go on. */
export function* runSteps(
  steps: readonly Step[],
  environment: Environment,
  position: Position,
  array: ArrayState,
  destinationOf: DestinationOf,
): Generator<Wait, void, undefined> {
  for (const step of steps) {
    position.step = step;
    position.environment = environment;
    switch (step.kind) {
      case 'loop':
        for (let value = 0; value < step.extent; value++) {
          yield* runSteps(step.body, { ...environment, [step.variable]: value }, position, array, destinationOf);
        }
        break;
      case 'acquire': {
        const lock = array.locks[step.lock];
        while (lock.value < step.count) yield { kind: 'lock', lock: step.lock, count: step.count };
        lock.value -= step.count;
        break;
      }
      case 'release': {
        const lock = array.locks[step.lock];
        lock.value += step.count;
        for (const actor of lock.waiting.splice(0)) array.wake(actor);
        break;
      }
      case 'advance': {
        const copies = array.buffers[step.buffer].length;
        position.copies.set(step.buffer, ((position.copies.get(step.buffer) ?? 0) + 1) % copies);
        break;
      }
      case 'select': {
        const { variable, trips } = step.loop;
        position.copies.set(step.buffer, unrolledCopy(environment[variable], trips));
        break;
      }
      case 'transfer':
        yield* taskOf(position);
        if (step.direction === 'put') yield* put(step, environment, position, array);
        else yield* get(step, environment, position, array, destinationOf(step.flow));
        position.transfers++;
        break;
      case 'call':
        call(step, environment, position, array);
        break;
    }
  }
}

/** Waits for the task that a transfer belongs to, for ever where the queue lost it. */
function* taskOf({ lostFrom, transfers }: Position): Generator<Wait, void, undefined> {
  if (lostFrom === null) return;
  const transfer = transfers % lostFrom.perBatch;
  while (transfer >= lostFrom.transfer) yield { kind: 'task', transfer };
}

function* put(
  step: TransferStep,
  environment: Environment,
  position: Position,
  array: ArrayState,
): Generator<Wait, void, undefined> {
  const memory = memoryOf(step, position, array);
  const fifo = array.fifos[step.flow];
  const depth = fifo.slots.length;
  const counter = addressCounter(step, environment);
  for (let moved = 0; moved < step.elements; ) {
    checkAddress(counter.address, memory, step, array);
    while (fifo.put - fifo.slowest >= depth) yield { kind: 'room', fifo };
    // As many as fit: nobody else has a turn meanwhile.
    const end = Math.min(step.elements, moved + depth - (fifo.put - fifo.slowest));
    for (; moved < end; moved++, counter.step()) {
      checkAddress(counter.address, memory, step, array);
      fifo.slots[fifo.put % depth] = memory.read(counter.address);
      fifo.put++;
    }
    for (let i = 0; i < fifo.consumersWaiting.length; i++) {
      const consumer = fifo.consumersWaiting[i];
      if (consumer === null) continue;
      fifo.consumersWaiting[i] = null;
      array.wake(consumer);
    }
  }
}

function* get(
  step: TransferStep,
  environment: Environment,
  position: Position,
  array: ArrayState,
  destination: number,
): Generator<Wait, void, undefined> {
  const memory = memoryOf(step, position, array);
  const fifo = array.fifos[step.flow];
  const depth = fifo.slots.length;
  const counter = addressCounter(step, environment);
  for (let moved = 0; moved < step.elements; ) {
    checkAddress(counter.address, memory, step, array);
    while (fifo.taken[destination] === fifo.put) yield { kind: 'data', fifo, destination };
    const first = fifo.taken[destination];
    const count = Math.min(step.elements - moved, fifo.put - first);
    for (let i = 0; i < count; i++, counter.step()) {
      checkAddress(counter.address, memory, step, array);
      memory.write(counter.address, fifo.slots[(first + i) % depth]);
    }
    moved += count;
    fifo.taken[destination] = first + count;
    let slowest = fifo.put;
    for (const taken of fifo.taken) if (taken < slowest) slowest = taken;
    fifo.slowest = slowest;
    if (fifo.producerWaiting !== null) {
      array.wake(fifo.producerWaiting);
      fifo.producerWaiting = null;
    }
  }
}

/** The addresses of a transfer, in elements, in the order in which they move. */
interface AddressCounter {
  address: number;
  step(): void;
}

function addressCounter({ access }: TransferStep, environment: Environment): AddressCounter {
  const { sizes, strides } = access;
  const index = sizes.map(() => 0);
  return {
    address: evaluateAffine(access.offset, environment),
    step() {
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        this.address += strides[axis];
        if (++index[axis] < sizes[axis]) return;
        this.address -= sizes[axis] * strides[axis];
        index[axis] = 0;
      }
    },
  };
}

function memoryOf(step: TransferStep, position: Position, array: ArrayState): ElementMemory {
  return step.memory.kind === 'argument'
    ? array.ddr[step.memory.argument]
    : currentCopy(step.memory.buffer, position, array).memory;
}

function currentCopy(buffer: number, position: Position, array: ArrayState): TileBuffer {
  return array.buffers[buffer][position.copies.get(buffer) ?? 0];
}

function checkAddress(address: number, memory: ElementMemory, step: TransferStep, array: ArrayState): void {
  if (address >= 0 && address < memory.elements) return;
  array.invalidAccess(
    `a ${step.direction} on ${array.launch.flows[step.flow].name} reaches element ${address} of ${memory.name}, ` +
      `which has ${memory.elements}`,
  );
}

function call(step: CallStep, environment: Environment, position: Position, array: ArrayState): void {
  const microkernel = array.microkernels.get(step.microkernel);
  if (microkernel === undefined) throw unknownMicrokernel(step.microkernel);
  const parameters: Record<string, number> = {};
  for (const [name, value] of Object.entries(step.parameters)) parameters[name] = evaluateAffine(value, environment);
  const views: Record<string, OperandView> = {};
  for (const { name, elements } of microkernel.signature.operands) {
    const operand = step.operands[name];
    const { local } = currentCopy(operand.buffer, position, array);
    const offset = evaluateAffine(operand.offset, environment);
    const end = offset + elements(parameters);
    if (offset < 0 || end > local.elements) {
      array.invalidAccess(
        `${step.microkernel} reaches elements ${offset} to ${end - 1} of ${local.name}, which has ${local.elements}`,
      );
    }
    views[name] = { data: local.data, offset };
  }
  microkernel.implementation(views, parameters);
}

function unknownMicrokernel(name: string): TilewrightError {
  return new TilewrightError('program-invalid', `There is no microkernel ${name}.`, 'Call one that this target has.', {
    got: name,
  });
}
