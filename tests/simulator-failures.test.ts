import { readFileSync } from 'node:fs';
import {
  KERNELS,
  type KernelDefinition,
  type PublishedRow,
  type RowConfiguration,
  rowConfiguration,
  rowProgram,
} from '@tilewright/kernel-registry';
import {
  affine,
  type BufferObject,
  bf16ToF32,
  f32ToBf16NearestEven,
  type Launch,
  type LoweredDispatch,
  type Program,
  RuntimeFault,
  type Statement,
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

const rows = JSON.parse(
  readFileSync(new URL('../facts/kernels.json', import.meta.url), 'utf8'),
) as readonly PublishedRow[];

function row(id: string): PublishedRow {
  return rows.find((one) => one.id === id) as PublishedRow;
}

/** Two cores that each want the other's tile before they send their own, and then write it to DDR. */
function swapProgram(change: (launch: Launch) => Launch = (launch) => launch): Program {
  const half = ELEMENTS / 2;
  const whole = { offset: affine(0), sizes: [half], strides: [1] };
  const stream = { kind: 'stream', format: 'bf16', shape: [2], broadcast: null } as const;
  const other = affine(1, { x: -1 });
  const own = affine(0, { x: 1 });
  return {
    specificationVersion: 'v1',
    name: 'swap',
    hostPath: 'xclbin',
    arguments: [
      { name: 'in', format: 'bf16', elements: ELEMENTS, access: 'read' },
      { name: 'out', format: 'bf16', elements: ELEMENTS, access: 'write' },
    ],
    launches: [
      change({
        name: 'swap',
        grid: [],
        batchTiling: null,
        pingPong: 'none',
        stackBytes: 1024,
        channels: ['swap', 'out'].map((name) => ({ name, ...stream })),
        shim: [
          {
            name: 'out-out',
            parallel: [{ variable: 'x', extent: 2 }],
            body: [
              {
                kind: 'get',
                channel: 'out',
                at: [own],
                buffer: 'out',
                access: { ...whole, offset: affine(0, { x: half }) },
              },
            ],
          },
        ],
        memtile: [],
        herds: [
          {
            name: 'cores',
            columns: 2,
            rows: 1,
            at: null,
            buffers: ['theirs', 'mine'].map((name) => ({ name, format: 'bf16', elements: half })),
            body: [
              { kind: 'get', channel: 'swap', at: [other], buffer: 'theirs', access: whole },
              { kind: 'put', channel: 'swap', at: [own], buffer: 'mine', access: whole },
              { kind: 'put', channel: 'out', at: [own], buffer: 'theirs', access: whole },
            ],
          },
        ],
      }),
    ],
  };
}

function isPutTo(statement: Statement, channel: string): boolean {
  return statement.kind === 'put' && statement.channel === channel;
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

  it('an odd loop of doubled buffers gives wrong numbers without an error', async () => {
    const [tile, steps] = [32, 5];
    const add = KERNELS.get('add') as KernelDefinition;
    const program: Program = {
      specificationVersion: 'v1',
      name: 'add',
      ...add.build({ elements: steps * tile }, { tile, herdColumns: 1, herdRows: 1 }),
    };
    const session = await open(execution, { add: program });
    const [a, b, c] = await Promise.all(program.arguments.map(({ name }) => filled(session, name, 0)));
    const words = new Uint16Array(a.host.buffer);
    for (let step = 0; step < steps; step++) words.fill(f32ToBf16NearestEven(step + 1), step * tile, (step + 1) * tile);
    await session.sync(a, 'to-device');
    await session.run('prefill/add', [a, b, c]);
    await session.sync(c, 'from-device');
    const out = Array.from({ length: steps }, (_, step) => {
      const values = new Set(new Uint16Array(c.host.buffer, 2 * step * tile, tile));
      expect(values.size).toBe(1);
      return [...values][0] as number;
    });
    // The core uses the three copies as 0 1 0 1 2, the ring of the DMA as 0 1 2 0 1: the third tile that
    // leaves was never written, the fourth is that of the third step, which saw the first tile still.
    expect(out[2]).toBe(0x5a5a);
    expect([0, 1, 3, 4].map((step) => bf16ToF32(out[step] as number))).toEqual([1, 2, 1, 2]);
    await session.close();
  });

  it.each([3, 4, 6])('and is right with %i trips', async (steps) => {
    const add = KERNELS.get('add') as KernelDefinition;
    const program: Program = {
      specificationVersion: 'v1',
      name: 'add',
      ...add.build({ elements: steps * 32 }, { tile: 32, herdColumns: 1, herdRows: 1 }),
    };
    const session = await open(execution, { add: program });
    const [a, b, c] = await Promise.all(program.arguments.map(({ name }) => filled(session, name, 0)));
    const input = new Uint16Array(a.host.buffer);
    for (let i = 0; i < steps * 32; i++) input[i] = f32ToBf16NearestEven(i);
    await session.sync(a, 'to-device');
    await session.run('prefill/add', [a, b, c]);
    await session.sync(c, 'from-device');
    expect(new Uint16Array(c.host.buffer).slice(0, steps * 32)).toEqual(input.slice(0, steps * 32));
    await session.close();
  });

  it('tasks that a full queue loses hang the run after the first six, as in the published study', async () => {
    const known = rowConfiguration(row('gemm_2x2_herd_shim_feed-600')) as RowConfiguration;
    const program = rowProgram(known);
    const session = await open(execution, { gemm: program });
    const buffers = await Promise.all(
      program.arguments.map(async ({ name, elements }) => {
        const buffer = await session.allocate({ name, bytes: 2 * elements });
        new Uint16Array(buffer.host.buffer).fill(f32ToBf16NearestEven(name === 'c' ? 0 : 1));
        await session.sync(buffer, 'to-device');
        return buffer;
      }),
    );
    const fault = await faultOf(session.run('prefill/gemm', buffers));
    expect(fault.kind).toBe('timeout');
    expect(fault.message).toMatch(
      /its task for transfer \d+ of the batch, which was pushed to a full queue and is lost/,
    );
    const output = buffers[2] as BufferObject;
    await session.sync(output, 'from-device');
    const values = [...new Uint16Array(output.host.buffer)].map(bf16ToF32);
    // Published: 0.375 of the output is right, which is six of sixteen tasks.
    expect(values.filter((value) => value === known.shape.k).length / values.length).toBe(0.375);
    expect(new Set(values)).toEqual(new Set([0, known.shape.k]));
    await session.close();
  }, 60_000);

  it('cores that wait for each other are named as a circle', async () => {
    const session = await open(execution, { swap: swapProgram() });
    const buffers = await Promise.all(['in', 'out'].map((name) => filled(session, name, 1)));
    const fault = await faultOf(session.run('prefill/swap', buffers));
    expect(fault.kind).toBe('timeout');
    expect(fault.dump.chain?.circle).toBe(true);
    expect(fault.dump.chain?.actors.filter((actor) => actor.startsWith('core')).length).toBeGreaterThanOrEqual(2);
    expect(fault.message).toMatch(/which waits for .* again\.$/);
    await session.close();
  });

  it('what was never written reads as poison', async () => {
    const program = swapProgram((launch) => ({
      ...launch,
      channels: launch.channels.filter(({ name }) => name === 'out'),
      herds: launch.herds.map((herd) => ({ ...herd, body: herd.body.filter((one) => isPutTo(one, 'out')) })),
    }));
    const session = await open(execution, { swap: program });
    const buffers = await Promise.all(['in', 'out'].map((name) => filled(session, name, 1)));
    await session.run('prefill/swap', buffers);
    const [, output] = buffers as [BufferObject, BufferObject];
    await session.sync(output, 'from-device');
    expect(new Set(new Uint16Array(output.host.buffer))).toEqual(new Set([0x5a5a]));
    await session.close();
  });

  it('cancels a run that is under way', async () => {
    const add = KERNELS.get('add') as KernelDefinition;
    // Long enough for several slices between which a run listens.
    const elements = 1 << 24;
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
