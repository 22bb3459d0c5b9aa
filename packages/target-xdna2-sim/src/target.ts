import {
  type Compiled,
  type DispatchId,
  type Estimate,
  type LoweredPlan,
  type SessionOptions,
  type Support,
  type Target,
  type TargetSession,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { XDNA2 } from './device/xdna2.ts';
import { XDNA2_MICROKERNELS } from './execution/bound-call.ts';
import { fastExecutor } from './fast-path/fast-executor.ts';
import { dispatchEstimate } from './session/dispatch-estimate.ts';
import { type RunnableDispatch, simulatorSession } from './session/simulator-session.ts';

const TARGET_ID = 'xdna2-sim';

/** The simulated AMD XDNA 2 as a target. It estimates time and never measures it. */
export function xdna2Simulator(): Target {
  return {
    specificationVersion: 'v1',
    id: TARGET_ID,
    kind: 'spatial',
    timing: 'estimate',
    device: XDNA2,
    async supports(): Promise<Support> {
      return { ok: true };
    },
    async compile(lowered: LoweredPlan, options = {}): Promise<Compiled> {
      throwIfAborted(options.signal);
      return { target: TARGET_ID, lowered, resources: new Map() };
    },
    async estimate(compiled, options = {}): Promise<ReadonlyMap<DispatchId, Estimate>> {
      checkOwn(compiled);
      const estimates = new Map<DispatchId, Estimate>();
      for (const { id, program } of compiled.lowered.dispatches) {
        throwIfAborted(options.signal);
        estimates.set(id, dispatchEstimate(program, XDNA2));
      }
      return estimates;
    },
    async open(compiled: Compiled, options: SessionOptions = {}): Promise<TargetSession> {
      checkOwn(compiled);
      throwIfAborted(options.signal);
      const dispatches = new Map<DispatchId, RunnableDispatch>();
      for (const { id, program } of compiled.lowered.dispatches) {
        dispatches.set(id, {
          program,
          prepare: () => fastExecutor(id, program, XDNA2_MICROKERNELS),
          estimate: () => dispatchEstimate(program, XDNA2),
        });
      }
      return simulatorSession(XDNA2, dispatches, options.signal);
    },
  };
}

function checkOwn(compiled: Compiled): void {
  if (compiled.target !== TARGET_ID) {
    throw new TilewrightError(
      'plan-invalid',
      `A plan compiled for ${compiled.target} was given to ${TARGET_ID}.`,
      `Compile it with ${TARGET_ID}.`,
      { expected: TARGET_ID, got: compiled.target },
    );
  }
}
