import type { GateReport } from '@tilewright/spec';
import { POLICY } from '../policy/policy.ts';
import { expectedBlockTaps } from './expected-tap.ts';
import type { KernelGateRequest } from './kernel-gate.ts';
import { Ledger } from './ledger.ts';
import { compareTrial } from './teacher-forced.ts';
import { trials } from './trial.ts';

export type BlockGateRequest = KernelGateRequest;

/**
 * Phase 2: every transformer block by itself. Each gets the oracle's residual stream as input, and for
 * decode the oracle's KV cache; within the block the deployment's own values flow.
 */
export async function blockGate(request: BlockGateRequest): Promise<GateReport> {
  const policy = request.policy ?? POLICY;
  const { model } = request.oracle;
  const expected = {
    prefill: expectedBlockTaps(model, policy, request.deployed.taps('prefill')),
    decode: expectedBlockTaps(model, policy, request.deployed.taps('decode')),
  };
  const runs = trials(model, request, request.decodeSteps);
  const planned = runs.reduce(
    (sum, run) => sum + expected.prefill.length + expected.decode.length * run.continuation.length,
    0,
  );
  const ledger = new Ledger('blocks', 2, planned, policy, request);
  const isFed = (tap: string): boolean => tap.endsWith('.input');
  for (const run of runs) {
    await compareTrial(request, run, (section) => expected[section], { isFed, cache: true }, ledger);
  }
  return ledger.report();
}
