import { programWork } from '@tilewright/kernel-registry';
import {
  type Compiled,
  type DispatchId,
  type GateFailure,
  type GateReport,
  type Target,
  type TargetSession,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { ownReport } from '../judgement/own-report.ts';
import type { Recording } from '../session/run-audit.ts';

/** What is left when this has passed is not executed; how much that is stands in the report. */
const BUDGET_MS = 5_000;

export interface LiteralGateRequest {
  readonly target: Target;
  /** Compiled plans, each with what was recorded of its runs. */
  readonly plans: readonly { readonly compiled: Compiled; readonly recordings: ReadonlyMap<DispatchId, Recording> }[];
  readonly subjects: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default 5 s. The smallest dispatch is executed whatever it takes. */
  readonly budgetMs?: number;
}

interface Item {
  readonly compiled: Compiled;
  readonly id: DispatchId;
  readonly recording: Recording;
  readonly multiplyAccumulates: number;
}

/**
 * Dispatches of small shapes once more, by the execution that takes every transfer and tile step literally, on the
 * inputs that the fast one had: the outputs must be the same bits. The smallest first, as far as the time goes.
 */
export async function literalGate(request: LiteralGateRequest): Promise<GateReport> {
  const { target, plans, subjects, signal, budgetMs = BUDGET_MS } = request;
  const started = performance.now();
  const items = plans
    .flatMap(({ compiled, recordings }) =>
      [...recordings].map(([id, recording]): Item => {
        const { multiplyAccumulates } = programWork(recording.program);
        return { compiled, id, recording, multiplyAccumulates };
      }),
    )
    .sort((a, b) => a.multiplyAccumulates - b.multiplyAccumulates);
  const sessions = new Map<Compiled, TargetSession>();
  const failures: GateFailure[] = [];
  let compared = 0;
  let elements = 0;
  try {
    for (const item of items) {
      throwIfAborted(signal);
      const leftMs = budgetMs - (performance.now() - started);
      if (compared > 0 && leftMs <= 0) break;
      let session = sessions.get(item.compiled);
      if (session === undefined) {
        session = await target.open(item.compiled, { execution: 'literal' });
        sessions.set(item.compiled, session);
      }
      const patience = compared > 0 ? AbortSignal.timeout(Math.ceil(leftMs)) : undefined;
      const outputs = await execute(session, item, patience, signal, failures);
      if (outputs === null) break;
      compared++;
      elements += outputs;
    }
  } finally {
    for (const session of sessions.values()) await session.close();
  }
  return ownReport({
    ...{ gate: 'literal', planned: Math.min(1, items.length), made: compared, elements, subjects, failures, started },
    passed:
      items.length === 0
        ? 'no dispatch is small enough to be executed literally; nothing was compared'
        : `${compared} of ${items.length} small dispatches executed literally give the same bits`,
    figures: [
      { name: 'dispatches executed literally', value: compared, unit: '', limit: null },
      { name: 'small dispatches for which there was no time', value: items.length - compared, unit: '', limit: null },
    ],
  });
}

/** Elements compared; null where time ran out. */
async function execute(
  session: TargetSession,
  { id, recording }: Item,
  patience: AbortSignal | undefined,
  signal: AbortSignal | undefined,
  failures: GateFailure[],
): Promise<number | null> {
  const { program, before, after } = recording;
  const buffers = [];
  for (const [index, { name }] of program.arguments.entries()) {
    const content = before[index] as Uint8Array;
    const buffer = await session.allocate({ name, bytes: content.length });
    buffer.host.set(content);
    await session.sync(buffer, 'to-device');
    buffers.push(buffer);
  }
  const signals = [patience, signal].filter((one) => one !== undefined);
  try {
    await session.run(id, buffers, signals.length === 0 ? {} : { signal: AbortSignal.any(signals) });
  } catch (error) {
    if (!TilewrightError.isInstance(error)) throw error;
    throwIfAborted(signal);
    if (error.code === 'aborted') return null;
    if (error.code !== 'runtime-fault') throw error;
    failures.push({ kind: 'runtime-fault', subject: id, message: error.message, limit: null, value: null });
    return 0;
  }
  let elements = 0;
  for (const [index, { name, access, elements: count }] of program.arguments.entries()) {
    if (access === 'read') continue;
    const buffer = buffers[index];
    if (buffer === undefined) continue;
    await session.sync(buffer, 'from-device');
    elements += count;
    const expected = after[index] as Uint8Array;
    const at = buffer.host.findIndex((byte, i) => byte !== expected[i]);
    if (at < 0) continue;
    failures.push({
      ...{ kind: 'divergence', subject: id, limit: 0, value: at },
      message: `executed literally, ${name} differs from byte ${at} on`,
    });
  }
  return elements;
}
