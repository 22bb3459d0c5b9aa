import {
  affine,
  bf16ToF32,
  f32ToBf16NearestEven,
  f32ToBf16Truncate,
  RuntimeFault,
  seededRandom,
} from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { addProgram } from '../execution/__fixtures__/small-programs.ts';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { ddrArguments } from '../execution/ddr-argument.ts';
import type { DmaChannel, Endpoint, Flow, Machine, MachineLaunch, Step } from '../machine/machine.ts';
import { literalExecutor } from './literal-executor.ts';

const STEPS = 5;
const TILE = 64;
const CORE = { column: 0, row: 2 };
const SHIM = { column: 0, row: 0 };

const acquire = (lock: number): Step => ({ kind: 'acquire', lock, count: 1 });
const release = (lock: number): Step => ({ kind: 'release', lock, count: 1 });
const advance = (buffer: number): Step => ({ kind: 'advance', buffer });
const loop = (...body: Step[]): Step[] => [{ kind: 'loop', variable: 'i', extent: STEPS, body }];
const whole = { offset: affine(0), sizes: [TILE], strides: [1] };

function move(direction: 'put' | 'get', buffer: number): Step {
  return {
    kind: 'transfer',
    direction,
    memory: { kind: 'buffer', buffer },
    access: whole,
    elements: TILE,
    flow: buffer,
  };
}

function shim(direction: 'put' | 'get', argument: number): Step[] {
  return loop({
    kind: 'transfer',
    direction,
    memory: { kind: 'argument', argument },
    access: { ...whole, offset: affine(0, { i: TILE }) },
    elements: TILE,
    flow: argument,
  });
}

/** `addProgram(1, 5, 64)` compiled by hand: buffers a, b, c are flows 0, 1, 2; lock 2i is free, 2i + 1 is full. */
function addMachine(change: (launch: MachineLaunch) => MachineLaunch = (launch) => launch): Machine {
  const dma = (
    tile: Endpoint['tile'],
    direction: DmaChannel['direction'],
    flow: number,
    steps: Step[],
  ): DmaChannel => ({
    tile,
    direction,
    channel: flow === 2 ? 0 : flow,
    flow,
    steps,
    descriptors: 2,
    tasksPerBatch: tile === SHIM ? 1 : 0,
    lostFrom: null,
    finite: false,
  });
  const end = (tile: Endpoint['tile'], channel: number): Endpoint => ({ tile, port: 'dma', channel });
  const flow = (name: string, source: Endpoint, destination: Endpoint): Flow => ({
    name: `${name}_l1[0]`,
    kind: 'stream',
    format: 'bf16',
    source,
    destinations: [destination],
    route: [],
  });
  const fill = (buffer: number): Step[] =>
    loop(acquire(2 * buffer), move('get', buffer), release(2 * buffer + 1), advance(buffer));
  const call: Step = {
    kind: 'call',
    microkernel: 'add-bf16',
    operands: Object.fromEntries(['a', 'b', 'c'].map((name, buffer) => [name, { buffer, offset: affine(0) }])),
    parameters: { n: affine(TILE) },
  };
  const launch: MachineLaunch = {
    name: 'add',
    grid: [],
    batchExtents: [],
    buffers: ['a', 'b', 'c'].map((name, index) => ({
      name,
      tile: CORE,
      format: 'bf16',
      accumulator: false,
      elements: TILE,
      addresses: [index * 256, index * 256 + 128],
      unrolled: null,
    })),
    locks: ['a', 'b', 'c'].flatMap((name) => [
      { name: `${name}.free`, tile: CORE, initial: 2 },
      { name: `${name}.full`, tile: CORE, initial: 0 },
    ]),
    flows: [
      flow('a', end(SHIM, 0), end(CORE, 0)),
      flow('b', end(SHIM, 1), end(CORE, 1)),
      flow('c', end(CORE, 0), end(SHIM, 0)),
    ],
    dmas: [
      dma(SHIM, 'MM2S', 0, shim('put', 0)),
      dma(SHIM, 'MM2S', 1, shim('put', 1)),
      dma(SHIM, 'S2MM', 2, shim('get', 2)),
      dma(CORE, 'S2MM', 0, fill(0)),
      dma(CORE, 'S2MM', 1, fill(1)),
      dma(CORE, 'MM2S', 2, loop(acquire(5), move('put', 2), release(4), advance(2))),
    ],
    cores: [
      {
        tile: CORE,
        herd: 'add',
        x: 0,
        y: 0,
        programBytes: 1024,
        steps: loop(
          acquire(4),
          acquire(1),
          acquire(3),
          call,
          release(5),
          release(2),
          release(0),
          advance(0),
          advance(1),
          advance(2),
        ),
      },
    ],
  };
  return { program: addProgram(1, STEPS, TILE), launches: [change(launch)] };
}

const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function operands(): { a: Uint16Array; b: Uint16Array; c: Uint16Array } {
  const random = seededRandom(11);
  const fill = () => Uint16Array.from({ length: STEPS * TILE }, () => f32ToBf16NearestEven(random.normal()));
  return { a: fill(), b: fill(), c: new Uint16Array(STEPS * TILE) };
}

function run(machine: Machine, seed: number | null = null) {
  const { a, b, c } = operands();
  const executor = literalExecutor('d', machine, XDNA2_MICROKERNELS, seed);
  executor.start(ddrArguments('d', machine.program, [bytes(a), bytes(b), bytes(c)]));
  while (!executor.advance(1000));
  return { a, b, c };
}

function faultOf(work: () => unknown): RuntimeFault {
  try {
    work();
  } catch (error) {
    if (error instanceof RuntimeFault) return error;
    throw error;
  }
  throw new Error('expected a fault');
}

describe('literalExecutor', () => {
  it.each([null, 1, 2, 3, 4, 5])('adds through locks, ping-pong and streams (seed %s)', (seed) => {
    const { a, b, c } = run(addMachine(), seed);
    for (let i = 0; i < c.length; i++) expect(c[i]).toBe(f32ToBf16Truncate(bf16ToF32(a[i]) + bf16ToF32(b[i])));
  });

  it('dumps who waits on what when a lock is never released', () => {
    const fault = faultOf(() =>
      run(
        addMachine((launch) => ({
          ...launch,
          cores: launch.cores.map((core) => ({
            ...core,
            steps: loop(acquire(4), acquire(1), acquire(3), release(5), release(0), advance(0), advance(1), advance(2)),
          })),
        })),
      ),
    );
    expect(fault.kind).toBe('timeout');
    const waiting = new Map(fault.dump.actors.map(({ actor, waitsOn }) => [actor, waitsOn]));
    expect(waiting.get('core (0, 2) S2MM 1')).toBe('lock b.free, which is 0 and has to be 1');
    expect(waiting.get('core (0, 2)')).toBe('lock b.full, which is 0 and has to be 1');
    expect(waiting.get('shim 0 MM2S 1')).toBe('channel b_l1[0] to be taken by core (0, 2) DMA 1');
    expect(fault.dump.locks.find(({ name }) => name === 'b.free')).toEqual({
      name: 'b.free',
      place: 'core (0, 2)',
      value: 0,
    });
    // Two tiles arrived, and the FIFO's 16 elements of the third are on their way.
    expect(fault.dump.channels.find(({ name }) => name === 'b_l1[0]')).toEqual({
      name: 'b_l1[0]',
      elementsPut: 2 * TILE + 16,
      elementsTaken: 2 * TILE,
    });
  });

  it('reports a flow that nobody fills', () => {
    const fault = faultOf(() =>
      run(
        addMachine((launch) => ({
          ...launch,
          dmas: launch.dmas.filter(({ tile, flow }) => tile !== SHIM || flow !== 1),
          flows: launch.flows.map((flow, index) => (index === 1 ? { ...flow, source: null } : flow)),
        })),
      ),
    );
    expect(fault.dump.actors.find(({ actor }) => actor === 'core (0, 2) S2MM 1')?.waitsOn).toBe(
      'channel b_l1[0] to be filled by nobody: there is no put',
    );
  });

  it('corrupts the result when the compiler laid two buffers over each other', () => {
    const overlapping = addMachine((launch) => ({
      ...launch,
      buffers: launch.buffers.map((buffer) => (buffer.name === 'b' ? { ...buffer, addresses: [0, 128] } : buffer)),
    }));
    expect(run(overlapping).c).not.toEqual(run(addMachine()).c);
  });

  it('refuses to reach beyond a buffer', () => {
    const short = addMachine((launch) => ({
      ...launch,
      buffers: launch.buffers.map((buffer) => (buffer.name === 'a' ? { ...buffer, elements: 60 } : buffer)),
    }));
    expect(faultOf(() => run(short)).kind).toBe('invalid-access');
  });
});
