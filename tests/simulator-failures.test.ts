import { KERNELS, type KernelDefinition } from '@tilewright/kernel-registry';
import {
  type BufferObject,
  bf16ToF32,
  f32ToBf16NearestEven,
  type LoweredDispatch,
  type Program,
  RuntimeFault,
  type TargetSession,
} from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';

const target = xdna2Simulator();
const ELEMENTS = 256;
const EXECUTIONS = ['literal', 'fast'] as const;

function addProgram(): Program {
  const add = KERNELS.get('add') as KernelDefinition;
  return {
    specificationVersion: 'v1',
    name: 'add',
    ...add.build({ elements: ELEMENTS }, { tile: 32, herdColumns: 2, herdRows: 1 }),
  };
}

async function open(
  execution: 'literal' | 'fast',
  programs: Readonly<Record<string, Program>>,
): Promise<TargetSession> {
  const dispatches = Object.entries(programs).map(
    ([step, program]): LoweredDispatch => ({
      id: `prefill/${step}`,
      section: 'prefill',
      step,
      program,
      buffers: program.arguments.map(({ name }) => name),
    }),
  );
  const compiled = await target.compile({ specificationVersion: 'v1', device: target.device.id, dispatches });
  return target.open(compiled, { execution });
}

async function filled(session: TargetSession, name: string, value: number): Promise<BufferObject> {
  const buffer = await session.allocate({ name, bytes: 2 * ELEMENTS });
  write(buffer, value);
  await session.sync(buffer, 'to-device');
  return buffer;
}

function write(buffer: BufferObject, value: number): void {
  new Uint16Array(buffer.host.buffer).fill(f32ToBf16NearestEven(value));
}

async function valuesOf(session: TargetSession, buffer: BufferObject): Promise<Set<number>> {
  await session.sync(buffer, 'from-device');
  return new Set([...new Uint16Array(buffer.host.buffer)].map(bf16ToF32));
}

async function faultOf(work: Promise<unknown>): Promise<RuntimeFault> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RuntimeFault);
  return error as RuntimeFault;
}

describe.each(EXECUTIONS)('failures, %s', (execution) => {
  it('a channel that nobody fills hangs, and the dump names who waits on it', async () => {
    const whole = addProgram();
    const [launch] = whole.launches;
    const program: Program = {
      ...whole,
      launches: [{ ...launch, shim: launch.shim.filter(({ name }) => name !== 'b-in') }],
    };
    const session = await open(execution, { add: program });
    const buffers = await Promise.all(['a', 'b', 'c'].map((name) => filled(session, name, 1)));
    const fault = await faultOf(session.run('prefill/add', buffers));
    expect(fault.kind).toBe('timeout');
    expect(fault.dispatch).toBe('prefill/add');
    const waiters = fault.dump.actors.filter(({ waitsOn }) => waitsOn?.startsWith('channel b['));
    expect(waiters).toHaveLength(2);
    for (const { actor, state } of waiters) {
      expect(actor).toMatch(/^core/);
      expect(state).toBe('waiting');
    }
    const { channels } = fault.dump;
    expect(channels.filter(({ name }) => name.startsWith('b[')).map(({ elementsPut }) => elementsPut)).toEqual([0, 0]);
    expect(channels.find(({ name }) => name.startsWith('a['))?.elementsPut).toBeGreaterThan(0);
    // The session survives its fault.
    expect((await faultOf(session.run('prefill/add', buffers))).kind).toBe('timeout');
    await session.close();
  });

  it('a forgotten sync leaves the old bytes on either side', async () => {
    const session = await open(execution, { add: addProgram() });
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => filled(session, name, 1)));
    await session.run('prefill/add', [a, b, c]);
    expect(new Uint16Array(c.host.buffer)[0]).toBe(f32ToBf16NearestEven(1));
    expect(await valuesOf(session, c)).toEqual(new Set([2]));
    write(a, 3);
    await session.run('prefill/add', [a, b, c]);
    expect(await valuesOf(session, c)).toEqual(new Set([2]));
    await session.sync(a, 'to-device');
    await session.run('prefill/add', [a, b, c]);
    expect(await valuesOf(session, c)).toEqual(new Set([4]));
    await session.close();
  });

  it('a static buffer that a launch overwrites corrupts the second run and not the first', async () => {
    const session = await open(execution, { first: addProgram(), second: addProgram() });
    const [input, weight, output] = await Promise.all([
      filled(session, 'input', 1),
      filled(session, 'weight', 8),
      filled(session, 'output', 0),
    ]);
    // The second dispatch writes where the first one's weight is kept.
    const forward = async (): Promise<Set<number>> => {
      await session.run('prefill/first', [input, weight, output]);
      const values = await valuesOf(session, output);
      await session.run('prefill/second', [input, output, weight]);
      return values;
    };
    expect(await forward()).toEqual(new Set([9]));
    expect(await forward()).toEqual(new Set([11]));
    await session.close();
  });

  it('cancels a run that is under way', async () => {
    const add = KERNELS.get('add') as KernelDefinition;
    const elements = 1 << 22;
    const program: Program = {
      specificationVersion: 'v1',
      name: 'add',
      ...add.build({ elements }, { tile: 1024, herdColumns: 8, herdRows: 1 }),
    };
    const session = await open(execution, { add: program });
    const buffers = await Promise.all(['a', 'b', 'c'].map((name) => session.allocate({ name, bytes: 2 * elements })));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(session.run('prefill/add', buffers, { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    await session.close();
  });
});
