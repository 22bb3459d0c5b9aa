import { createHash } from 'node:crypto';
import { argumentAccess, programWork } from '@tilewright/kernel-registry';
import {
  type BufferObject,
  type CallOptions,
  type DispatchId,
  type LoweredDispatch,
  type ProgramArgument,
  type RunReport,
  type SeededRandom,
  seededRandom,
  type TargetSession,
  TilewrightError,
} from '@tilewright/spec';
import { countPoison, drawPoison, fillPoison, type Poison } from './poison.ts';
import { fillRandom } from './random-bytes.ts';
import type { RunAudit } from './run-audit.ts';
import { WatchedBuffer } from './watched-buffer.ts';

/** What is kept for the literal interpreter: dispatches that it can execute in about a second. */
const RECORDED_MULTIPLY_ACCUMULATES = 2 ** 25;
const RECORDED_BYTES = 2 ** 23;

/** Inputs up to this size are told apart from those of other runs; larger ones are weights, which the gate for weights changes. */
const PRINTED_BYTES = 2 ** 20;

/** An argument of a dispatch, and what its Program does to it. */
interface WatchedArgument extends ProgramArgument {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Written whole and read by nothing before: what it held before the run must not matter. */
  readonly poisoned: boolean;
}

interface Bound extends WatchedArgument {
  readonly buffer: WatchedBuffer;
}

/**
 * Watches every run of a session. Before a run, each buffer that the Program writes whole is filled with a pattern;
 * after it, none of the pattern may be left. Behind every buffer stands a guard. The first run of each dispatch is
 * made three times: as asked, with other inputs (the outputs must differ), and as asked again over another pattern
 * (the outputs must be the same bits). A target that answers from memory, or from what its buffers held, cannot.
 */
export function auditedSession(
  session: TargetSession,
  dispatches: readonly LoweredDispatch[],
  audit: RunAudit,
): TargetSession {
  const watched = new Map<BufferObject, WatchedBuffer>();
  const known = new Map(dispatches.map((dispatch) => [dispatch.id, dispatch]));
  const arguments_ = new Map<DispatchId, readonly WatchedArgument[]>();
  const random = seededRandom(audit.seed);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
  const own = (buffer: BufferObject): WatchedBuffer => {
    const found = watched.get(buffer);
    if (found !== undefined) return found;
    const remedy = 'Allocate it with this session.';
    throw new TilewrightError('usage', `Buffer ${buffer.name} was not allocated in this session.`, remedy);
  };
  const run = async (id: DispatchId, buffers: readonly BufferObject[], options?: CallOptions): Promise<RunReport> => {
    const dispatch = known.get(id);
    const own_ = buffers.map(own);
    const inner = own_.map((buffer) => buffer.inner);
    if (dispatch === undefined || dispatch.program.arguments.length !== buffers.length) {
      return session.run(id, inner, options);
    }
    let list = arguments_.get(id);
    if (list === undefined) {
      list = watchedArguments(dispatch);
      arguments_.set(id, list);
    }
    const bound = list.map((argument, index): Bound => ({ ...argument, buffer: own_[index] as WatchedBuffer }));
    const execute = async (): Promise<RunReport> => {
      const report = await session.run(id, inner, options);
      audit.runs++;
      audit.timed(id, report.timing);
      return report;
    };
    if (!audit.probed.has(id)) return probe(dispatch, bound, execute, random, audit);
    const inputs = await printInputs(bound);
    const poison = drawPoison(random);
    await poisonOutputs(bound, poison);
    const report = await execute();
    const outputs = await readOutputs(id, bound, poison, audit);
    noteAnswers(id, bound, inputs, outputs, audit);
    return report;
  };
  return {
    allocate: ({ name, bytes }) =>
      inTurn(async () => {
        const buffer = await WatchedBuffer.allocate(name, bytes, session);
        watched.set(buffer.facade, buffer);
        return buffer.facade;
      }),
    sync: (buffer, direction) =>
      inTurn(async () => {
        const found = own(buffer);
        if (direction === 'to-device') return found.write(found.facade.host);
        const { bytes, timing } = await found.read();
        found.facade.host.set(bytes);
        return timing;
      }),
    run: (id, buffers, options) => inTurn(() => run(id, buffers, options)),
    close: () => session.close(),
  };
}

function watchedArguments({ program }: LoweredDispatch): readonly WatchedArgument[] {
  return program.arguments.map((argument) => {
    const { readsEarlier, writes, writesAll } = argumentAccess(program, argument.name);
    return { ...argument, reads: readsEarlier, writes, poisoned: writes && writesAll && !readsEarlier };
  });
}

async function probe(
  dispatch: LoweredDispatch,
  bound: readonly Bound[],
  execute: () => Promise<RunReport>,
  random: SeededRandom,
  audit: RunAudit,
): Promise<RunReport> {
  const { id, program } = dispatch;
  audit.probed.add(id);
  const before = await Promise.all(bound.map(async ({ buffer }) => (await buffer.read()).bytes));
  const inputs = await printInputs(bound);
  const first = drawPoison(random);
  await poisonOutputs(bound, first);
  await requirePoisonKept(id, bound, first, audit);
  const report = await execute();
  const after = await readOutputs(id, bound, first, audit, before);
  noteAnswers(id, bound, inputs, after, audit);
  if (isSmall(dispatch)) audit.recordings.set(id, { program, before, after });

  for (const [index, { reads, format, buffer }] of bound.entries()) {
    if (!reads) continue;
    const other = (before[index] as Uint8Array).slice();
    fillRandom(other, format, random);
    await buffer.write(other);
  }
  const second = drawPoison(random, first);
  await poisonOutputs(bound, second);
  await requirePoisonKept(id, bound, second, audit);
  await execute();
  const other = await readOutputs(id, bound, second, audit);
  for (const [index, { writes, name }] of bound.entries()) {
    if (!writes || !bound.some(({ reads }) => reads) || !same(other[index], after[index])) continue;
    audit.fail('stale-output', id, `other inputs gave the same ${name}`);
  }

  for (const [index, { poisoned, buffer }] of bound.entries()) {
    if (!poisoned) await buffer.write(before[index] as Uint8Array);
  }
  const third = drawPoison(random, second);
  await poisonOutputs(bound, third);
  await execute();
  const again = await readOutputs(id, bound, third, audit);
  for (const [index, { writes, name }] of bound.entries()) {
    if (!writes || same(again[index], after[index])) continue;
    audit.fail('stale-output', id, `the same inputs gave another ${name} after another run`);
  }
  return report;
}

async function poisonOutputs(bound: readonly Bound[], poison: Poison): Promise<void> {
  for (const { poisoned, buffer } of bound) {
    if (!poisoned) continue;
    const bytes = new Uint8Array(buffer.facade.bytes);
    fillPoison(bytes, poison);
    await buffer.write(bytes);
  }
}

/** Before anything has run, the device must hold what was put there. */
async function requirePoisonKept(
  id: DispatchId,
  bound: readonly Bound[],
  poison: Poison,
  audit: RunAudit,
): Promise<void> {
  for (const { poisoned, buffer, name, format, elements } of bound) {
    if (!poisoned) continue;
    const kept = countPoison((await buffer.read()).bytes, poison, format);
    const changed = elements - kept;
    if (changed > 0) {
      const message = `${name} does not hold what was written there before the run, but something else`;
      audit.fail('sentinel-overwritten', id, message, changed);
    }
  }
}

/** What the written arguments hold after a run; with `before`, the others too, which must not have changed. */
async function readOutputs(
  id: DispatchId,
  bound: readonly Bound[],
  poison: Poison,
  audit: RunAudit,
  before?: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const contents: Uint8Array[] = [];
  for (const [index, { writes, poisoned, buffer, name, format, elements }] of bound.entries()) {
    if (!writes && before === undefined) {
      contents.push(new Uint8Array(0));
      continue;
    }
    const { bytes, guarded } = await buffer.read();
    contents.push(bytes);
    if (!guarded) audit.fail('sentinel-overwritten', id, `the memory behind ${name} was written to`);
    if (!writes && !same(bytes, before?.[index])) {
      audit.fail('sentinel-overwritten', id, `${name} is only read, and has changed`);
    }
    if (!poisoned) continue;
    audit.poisonedElements += elements;
    const left = countPoison(bytes, poison, format);
    if (left > 0) audit.fail('stale-output', id, `elements of ${name} were not written by the run`, left);
  }
  return contents;
}

/** A digest of what a run is about to read, without what is too large. */
async function printInputs(bound: readonly Bound[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { reads, buffer } of bound) {
    if (reads && buffer.facade.bytes <= PRINTED_BYTES) hash.update((await buffer.read()).bytes);
  }
  return hash.digest('base64');
}

function noteAnswers(
  id: DispatchId,
  bound: readonly Bound[],
  inputs: string,
  contents: readonly Uint8Array[],
  audit: RunAudit,
): void {
  const hash = createHash('sha256');
  for (const [index, { writes }] of bound.entries()) if (writes) hash.update(contents[index] as Uint8Array);
  audit.answered(id, hash.digest('base64'), inputs);
}

function isSmall({ program }: LoweredDispatch): boolean {
  const bytes = program.arguments.reduce((sum, { elements }) => sum + 4 * elements, 0);
  return bytes <= RECORDED_BYTES && programWork(program).multiplyAccumulates <= RECORDED_MULTIPLY_ACCUMULATES;
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
