import { availableParallelism } from 'node:os';
import {
  type Compiled,
  type DispatchId,
  type Estimate,
  type LoweredPlan,
  type MatrixEngine,
  type SessionOptions,
  type Support,
  type Target,
  type TargetSession,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { type CompiledMachines, compilePlan, planDiagnostics } from './compile/compile-plan.ts';
import { XDNA2 } from './device/xdna2.ts';
import { XDNA2_MICROKERNELS } from './execution/bound-call.ts';
import { fastExecutor } from './fast-path/fast-executor.ts';
import { literalExecutor } from './interpreter/literal-executor.ts';
import type { Machine } from './machine/machine.ts';
import { IterationWorkers } from './parallel/iteration-workers.ts';
import { dispatchEstimate } from './session/dispatch-estimate.ts';
import { type RunnableDispatch, simulatorSession } from './session/simulator-session.ts';

const TARGET_ID = 'xdna2-sim';

export interface Xdna2SimulatorOptions {
  /**
   * Multiplies the matrices of the fast path, or opens, when a session is, what does. Bits are the same with
   * any engine, and without one. Whoever gives it closes it.
   */
  readonly engine?: MatrixEngine | (() => Promise<MatrixEngine | null>);
  /** Threads, this one included, that may share long launches which need no engine. Default: as many as there are cores. */
  readonly threads?: number;
}

/** The simulated AMD XDNA 2 as a target. It estimates time and never measures it. */
export function xdna2Simulator({ engine, threads }: Xdna2SimulatorOptions = {}): Target {
  const workers = new IterationWorkers(threads ?? availableParallelism());
  return {
    specificationVersion: 'v1',
    id: TARGET_ID,
    kind: 'spatial',
    timing: 'estimate',
    device: XDNA2,
    async supports(lowered: LoweredPlan, options = {}): Promise<Support> {
      const diagnostics = planDiagnostics(lowered, XDNA2, options);
      return diagnostics.length === 0 ? { ok: true } : { ok: false, diagnostics };
    },
    async compile(lowered: LoweredPlan, options = {}): Promise<Compiled> {
      return compilePlan(TARGET_ID, lowered, XDNA2, options);
    },
    async estimate(compiled, options = {}): Promise<ReadonlyMap<DispatchId, Estimate>> {
      ownMachines(compiled);
      const estimates = new Map<DispatchId, Estimate>();
      for (const { id, program } of compiled.lowered.dispatches) {
        throwIfAborted(options.signal);
        estimates.set(id, dispatchEstimate(program, XDNA2));
      }
      return estimates;
    },
    async open(compiled: Compiled, options: SessionOptions = {}): Promise<TargetSession> {
      const { machines } = ownMachines(compiled);
      throwIfAborted(options.signal);
      const literal = options.execution === 'literal';
      const opened = typeof engine === 'function' && !literal ? await engine() : engine;
      const multiplier = typeof opened === 'object' ? opened : null;
      const dispatches = new Map<DispatchId, RunnableDispatch>();
      for (const { id, program } of compiled.lowered.dispatches) {
        dispatches.set(id, {
          program,
          prepare: () =>
            literal
              ? literalExecutor(id, machines.get(id) as Machine, XDNA2_MICROKERNELS, null)
              : fastExecutor(id, program, XDNA2_MICROKERNELS, machines.get(id) ?? null, multiplier, workers),
          estimate: () => dispatchEstimate(program, XDNA2),
        });
      }
      return simulatorSession(XDNA2, dispatches, options.signal);
    },
  };
}

/** What this target compiled; throws `plan-invalid` for what another one did. */
function ownMachines(compiled: Compiled): CompiledMachines {
  if (compiled.target === TARGET_ID && 'machines' in compiled) return compiled as CompiledMachines;
  throw new TilewrightError(
    'plan-invalid',
    `A plan compiled for ${compiled.target} was given to ${TARGET_ID}.`,
    `Compile it with ${TARGET_ID}.`,
    { expected: TARGET_ID, got: compiled.target },
  );
}
