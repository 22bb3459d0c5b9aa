import type { GateReport } from '@tilewright/spec';
import { POLICY } from '../policy/policy.ts';
import { expectedKernels } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import { Ledger } from './ledger.ts';
import { compareTrial } from './teacher-forced.ts';
import { trials } from './trial.ts';

export interface KernelGateRequest extends GateRequest {
  /** Decode steps after each prompt. At least 1, or decode is not looked at. */
  readonly decodeSteps: number;
}

/**
 * Phase 1: every kernel of every layer by itself. Each gets the oracle's values as inputs, in prefill and
 * in decode, so that no error reaches another kernel, and the kernel that deviates is the one at fault.
 */
export async function kernelGate(request: KernelGateRequest): Promise<GateReport> {
  const policy = request.policy ?? POLICY;
  const { model } = request.oracle;
  const { deployed } = request;
  const expected = {
    prefill: expectedKernels(model, policy, deployed.inside?.('prefill')),
    decode: expectedKernels(model, policy, deployed.inside?.('decode')),
  };
  const runs = trials(model, request, request.decodeSteps);
  const planned = runs.reduce(
    (sum, run) => sum + expected.prefill.length + expected.decode.length * run.continuation.length,
    0,
  );
  const ledger = new Ledger('kernels', 1, planned, policy, request);
  for (const run of runs) {
    await compareTrial(request, run, (section) => expected[section], { isFed: () => true, cache: true }, ledger);
  }
  return ledger.report();
}
