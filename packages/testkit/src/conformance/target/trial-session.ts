import {
  type BufferObject,
  BYTES_PER_ELEMENT,
  type Program,
  type RunReport,
  type SeededRandom,
  type SessionOptions,
  type Target,
  type TargetSession,
} from '@tilewright/spec';
import { loweredTrial } from '../../programs/lowered-trial.ts';

/** Makes a fresh target for each case. */
export type TargetFactory = () => Target | Promise<Target>;

/** Compiles these programs, opens a session, and closes it whatever happens. Dispatches are `prefill/<name>`. */
export async function withSession<T>(
  make: TargetFactory,
  programs: Readonly<Record<string, Program>>,
  use: (session: TargetSession, target: Target) => Promise<T>,
  options?: SessionOptions,
): Promise<T> {
  const target = await make();
  const compiled = await target.compile(loweredTrial(target.device.id, programs));
  const session = await target.open(compiled, options);
  try {
    return await use(session, target);
  } finally {
    await session.close();
  }
}

/** A buffer object per argument of the program. */
export async function allocateArguments(session: TargetSession, program: Program): Promise<BufferObject[]> {
  const buffers: BufferObject[] = [];
  for (const { name, format, elements } of program.arguments) {
    buffers.push(await session.allocate({ name, bytes: elements * BYTES_PER_ELEMENT[format] }));
  }
  return buffers;
}

/** The 16-bit words of a buffer object's host copy. */
export function hostWords(buffer: BufferObject): Uint16Array {
  return new Uint16Array(buffer.host.buffer, buffer.host.byteOffset, buffer.bytes / 2);
}

/** Writes the inputs, runs, and reads back what the program writes: its arguments' words, in order. */
export async function runTrial(
  session: TargetSession,
  name: string,
  program: Program,
  inputs: readonly Uint16Array[],
): Promise<{ readonly outputs: readonly Uint16Array[]; readonly report: RunReport }> {
  const buffers = await allocateArguments(session, program);
  for (const [index, input] of inputs.entries()) {
    const buffer = buffers[index] as BufferObject;
    hostWords(buffer).set(input);
    await session.sync(buffer, 'to-device');
  }
  const report = await session.run(`prefill/${name}`, buffers);
  const outputs: Uint16Array[] = [];
  for (const [index, argument] of program.arguments.entries()) {
    if (argument.access === 'read') continue;
    const buffer = buffers[index] as BufferObject;
    await session.sync(buffer, 'from-device');
    outputs.push(hostWords(buffer).slice());
  }
  return { outputs, report };
}

/** bf16 words of whole numbers in [−60, 60]: sums of two or three of them are exact whatever the rounding. */
export function wholeNumbers(random: SeededRandom, elements: number): Uint16Array {
  const floats = Float32Array.from({ length: elements }, () => random.integer(-60, 61));
  return new Uint16Array(floats.buffer).filter((_, index) => index % 2 === 1);
}

/** The floats behind bf16 words. */
export function floatsOf(words: Uint16Array): Float32Array {
  const bits = Uint32Array.from(words, (word) => word * 65_536);
  return new Float32Array(bits.buffer);
}
