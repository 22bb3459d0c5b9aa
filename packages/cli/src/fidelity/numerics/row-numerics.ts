import { compare } from '@tilewright/gates';
import { type RowConfiguration, rowConfiguration, rowProgram } from '@tilewright/kernel-registry';
import {
  bf16ArrayToF32,
  type CallOptions,
  f32ArrayToBf16,
  type Program,
  seededRandom,
  type Target,
  throwIfAborted,
} from '@tilewright/spec';
import { publishedClass } from '../outcome-class.ts';
import type { PublishedRecord } from '../published-record.ts';
import { KERNEL_TRIALS, type TrialValues } from './kernel-trial.ts';

/** The error of a kernel's numbers against exact arithmetic: mean |out − ref| / mean |ref|. */
export interface NumericsRow {
  readonly id: string;
  readonly kernel: string;
  readonly method: string | null;
  readonly publishedMeanRelativeL1: number;
  /** Ours, of the same configuration run on the simulator. */
  readonly meanRelativeL1: number;
  readonly seed: number;
}

/** Larger ones take the exact reference minutes. */
const MOST_WORK = 2 ** 28;
/** Smaller ones have too few outputs for a mean with two digits. */
const LEAST_WORK = 2 ** 20;
const SEED = 20_260_822;

/**
 * Runs, for every kernel, method and contract with a published error, the least laborious of its rows that
 * is large enough to have a mean, with inputs as the published harnesses draw them.
 */
export async function rowNumerics(
  records: readonly PublishedRecord[],
  target: Target,
  { signal }: CallOptions = {},
): Promise<readonly NumericsRow[]> {
  const chosen = new Map<
    string,
    { readonly known: RowConfiguration; readonly published: number; readonly work: number }
  >();
  for (const record of records) {
    const published = record.mean_rel_L1;
    if (published === undefined || publishedClass(record.status) !== 'pass' || record.contract === undefined) continue;
    const known = configurationOf(record);
    const trial = KERNEL_TRIALS[known?.kernel ?? ''];
    if (known === null || trial === undefined) continue;
    const work = trial.work(known.shape);
    if (work < LEAST_WORK || work > MOST_WORK) continue;
    const key = JSON.stringify([record.kernel, record.method, record.contract]);
    if (work < (chosen.get(key)?.work ?? Number.POSITIVE_INFINITY)) chosen.set(key, { known, published, work });
  }
  const rows: NumericsRow[] = [];
  for (const { known, published } of chosen.values()) {
    throwIfAborted(signal);
    rows.push({
      id: known.row.id,
      kernel: known.row.kernel,
      method: known.row.method ?? null,
      publishedMeanRelativeL1: published,
      meanRelativeL1: await triedError(known, target, signal),
      seed: SEED,
    });
  }
  return rows;
}

/** Records of any form may come; those that mean nothing to us have no numbers. */
function configurationOf(record: PublishedRecord): RowConfiguration | null {
  try {
    return rowConfiguration(record);
  } catch {
    return null;
  }
}

async function triedError(known: RowConfiguration, target: Target, signal: AbortSignal | undefined): Promise<number> {
  const trial = KERNEL_TRIALS[known.kernel];
  if (trial === undefined) throw new Error(`no trial of ${known.kernel}`);
  const random = seededRandom(SEED);
  const drawn = trial.inputs(known.shape, () => random.normal());
  const inputs = Object.fromEntries(
    Object.entries(drawn).map(([name, values]) => [name, bf16ArrayToF32(f32ArrayToBf16(values))]),
  );
  const program = rowProgram(known);
  const got = await ranOutput(program, trial.output, inputs, target, signal);
  const exact = trial.reference(inputs, known.shape);
  const isF32 = program.arguments.find(({ name }) => name === trial.output)?.format === 'f32';
  const reference = isF32 ? exact : bf16ArrayToF32(f32ArrayToBf16(exact));
  return compare(reference, got, { width: reference.length }).meanRelativeL1;
}

/** Runs a program once with these inputs; the others are zero. */
async function ranOutput(
  program: Program,
  output: string,
  inputs: TrialValues,
  target: Target,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const id = 'prefill/trial';
  const names = program.arguments.map(({ name }) => name);
  const compiled = await target.compile({
    specificationVersion: 'v1',
    device: target.device.id,
    dispatches: [{ id, section: 'prefill', step: 'trial', program, buffers: names }],
  });
  const session = await target.open(compiled, signal === undefined ? {} : { signal });
  try {
    const buffers = [];
    for (const { name, format, elements } of program.arguments) {
      const buffer = await session.allocate({ name, bytes: elements * (format === 'f32' ? 4 : 2) });
      const values = inputs[name];
      if (values !== undefined) buffer.host.set(new Uint8Array(f32ArrayToBf16(values).buffer));
      await session.sync(buffer, 'to-device');
      buffers.push(buffer);
    }
    await session.run(id, buffers);
    const index = names.indexOf(output);
    const buffer = buffers[index];
    if (buffer === undefined) throw new Error(`${program.name} has no argument ${output}`);
    await session.sync(buffer, 'from-device');
    const { host } = buffer;
    const bytes = host.buffer.slice(host.byteOffset, host.byteOffset + host.byteLength);
    return program.arguments[index]?.format === 'f32'
      ? new Float32Array(bytes)
      : bf16ArrayToF32(new Uint16Array(bytes));
  } finally {
    await session.close();
  }
}
