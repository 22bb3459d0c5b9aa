import { join, resolve } from 'node:path';
import { lowerPlan } from '@tilewright/kernel-registry';
import { atomicWriter } from '@tilewright/phases';
import { type LoweredDispatch, type LoweredPlan, TilewrightError } from '@tilewright/spec';
import { dispatchTrace, type TraceFile } from '@tilewright/target-xdna2-sim';
import type { CommandContext } from '../command-context.ts';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { scheduleTrace } from '../trace/schedule-trace.ts';
import { openDeployment } from '../workspace/open-deployment.ts';

export interface TraceRequest {
  readonly directory: string;
  /** `prefill/q_proj`, or `q_proj` where that is one dispatch; absent for the whole schedule. */
  readonly dispatch?: string;
  readonly out?: string;
}

export interface TraceResult {
  readonly timing: 'estimate';
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
  /** From start to end. */
  readonly us: number;
}

/** Writes when what happens, by the simulator's estimates, for a trace viewer. */
export async function trace(
  { directory, dispatch, out }: TraceRequest,
  { surroundings, signal }: CommandContext,
): Promise<TraceResult> {
  const workspace = resolve(surroundings.cwd, directory);
  const { plan, target } = await openDeployment(workspace, { cwd: surroundings.cwd });
  if (target.id !== DEFAULT_TARGET || target.estimate === undefined) {
    throw new TilewrightError(
      'feature-unsupported',
      `A trace comes from the time model of ${DEFAULT_TARGET}, and this deployment is for ${target.id}.`,
      `Deploy the model on ${DEFAULT_TARGET}.`,
      { expected: DEFAULT_TARGET, got: target.id },
    );
  }
  const lowered = lowerPlan(plan, target.device);
  let file: TraceFile;
  if (dispatch === undefined) {
    const compiled = await target.compile(lowered, { signal });
    const dispatchEstimates = await target.estimate(compiled, { signal });
    file = scheduleTrace({ plan, lowered, dispatchEstimates, device: target.device });
  } else file = dispatchTrace(chosenDispatch(lowered, dispatch).program, target.device);
  const name = dispatch === undefined ? 'trace.json' : `trace-${dispatch.replaceAll('/', '-')}.json`;
  const path = out === undefined ? join(workspace, name) : resolve(surroundings.cwd, out);
  const text = JSON.stringify(file);
  await atomicWriter()(path, text);
  return {
    timing: 'estimate',
    file: path,
    events: file.traceEvents.length,
    bytes: Buffer.byteLength(text),
    us: file.otherData.us as number,
  };
}

function chosenDispatch({ dispatches }: LoweredPlan, name: string): LoweredDispatch {
  const found = dispatches.filter(({ id, step }) => id === name || step === name);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw new TilewrightError(
    'usage',
    found.length === 0 ? `The plan has no dispatch ${name}.` : `${name} is a dispatch of several sections.`,
    `Name one of: ${(found.length === 0 ? dispatches : found).map(({ id }) => id).join(', ')}.`,
    { field: '--dispatch', got: name },
  );
}
