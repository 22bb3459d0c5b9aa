import {
  BYTES_PER_ELEMENT,
  type Compiled,
  type Program,
  type SeededRandom,
  type SessionOptions,
  seededRandom,
  type Target,
} from '@tilewright/spec';

/** Bytes behind each argument that no program may touch. */
const GUARD_BYTES = 64;
export const DISPATCH = 'prefill/sample';

/** What the values of an operand look like. */
export type Filling = 'normal' | 'zeros' | 'large' | 'tiny' | 'mixed';
export const FILLINGS: readonly Filling[] = ['normal', 'normal', 'zeros', 'large', 'tiny', 'mixed'];

/** Compiles one program as a plan of its own. */
export function compileAlone(target: Target, program: Program): Promise<Compiled> {
  return target.compile({
    specificationVersion: 'v1',
    device: target.device.id,
    dispatches: [
      {
        id: DISPATCH,
        section: 'prefill',
        step: 'sample',
        program,
        buffers: program.arguments.map(({ name }) => name),
      },
    ],
  });
}

/** Contents of every argument, without guards. */
export function randomArguments(program: Program, filling: Filling, random: SeededRandom): Uint8Array[] {
  return program.arguments.map(({ format, elements }) => {
    const bytes = new Uint8Array(elements * BYTES_PER_ELEMENT[format]);
    if (format === 'i32') {
      new Int32Array(bytes.buffer).forEach((_, i, all) => {
        all[i] = random.integer(0, 8);
      });
      return bytes;
    }
    const values = new Float32Array(elements);
    for (let i = 0; i < elements; i++) values[i] = drawn(filling, random);
    if (format === 'f32') return new Uint8Array(values.buffer);
    const bits = new Uint32Array(values.buffer);
    const out = new Uint16Array(bytes.buffer);
    for (let i = 0; i < elements; i++) out[i] = bits[i] >>> 16;
    return bytes;
  });
}

function drawn(filling: Filling, random: SeededRandom): number {
  switch (filling) {
    case 'normal':
      return random.normal();
    case 'zeros':
      return random.pick([0, 0, -0, random.normal()]);
    case 'large':
      return random.normal() * 1e18;
    case 'tiny':
      return random.normal() * 1e-38;
    case 'mixed':
      return random.normal() * 2 ** random.integer(-40, 41);
  }
}

export interface RunResult {
  /** Per argument, the device's bytes after the run. */
  readonly after: readonly Uint8Array[];
  /** Arguments that may only be read and have changed, and arguments whose guard has. */
  readonly trespasses: readonly string[];
}

/**
 * Runs a compiled program once. Written arguments start as garbage drawn from `garbageSeed`, and
 * garbage stands behind every argument; both are checked or compared by the caller.
 */
export async function runOnce(
  target: Target,
  compiled: Compiled,
  program: Program,
  contents: readonly Uint8Array[],
  garbageSeed: number,
  options: SessionOptions,
): Promise<RunResult> {
  const random = seededRandom(garbageSeed);
  const session = await target.open(compiled, options);
  const before = program.arguments.map(({ access }, index) => {
    const { length } = contents[index];
    const bytes = new Uint8Array(length + GUARD_BYTES);
    for (let at = access === 'write' ? 0 : length; at < bytes.length; at++) bytes[at] = random.integer(0, 256);
    if (access !== 'write') bytes.set(contents[index]);
    return bytes;
  });
  const buffers = [];
  for (const [index, { name }] of program.arguments.entries()) {
    const buffer = await session.allocate({ name, bytes: before[index].length });
    buffer.host.set(before[index]);
    await session.sync(buffer, 'to-device');
    buffers.push(buffer);
  }
  await session.run(DISPATCH, buffers);
  const trespasses: string[] = [];
  const after: Uint8Array[] = [];
  for (const [index, { name, access }] of program.arguments.entries()) {
    await session.sync(buffers[index], 'from-device');
    const { host } = buffers[index];
    const { length } = contents[index];
    if (!same(host.subarray(length), before[index].subarray(length))) trespasses.push(`guard of ${name}`);
    if (access === 'read' && !same(host, before[index])) trespasses.push(`read-only ${name}`);
    after.push(host.slice(0, length));
  }
  await session.close();
  return { after, trespasses };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
