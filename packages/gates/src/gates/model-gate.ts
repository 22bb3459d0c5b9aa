import type { GateReport, Tensor } from '@tilewright/spec';
import { POLICY } from '../policy/policy.ts';
import { topK } from '../statistics/top-k.ts';
import { expectedRunTaps, type Section } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import { GreedyComparison } from './greedy-comparison.ts';
import { Ledger } from './ledger.ts';
import { LogitDistance } from './logit-distance.ts';
import { bookFault, compareCall } from './teacher-forced.ts';
import { trials } from './trial.ts';

export type ModelGateRequest = GateRequest;

/**
 * Phase 3: the whole model, nothing fed but tokens. Logits are compared at every position of each prompt
 * and of the oracle's greedy continuation of it, both sides being given the oracle's tokens. Up to the
 * first token that the deployment would have chosen differently this is its own free run; there, each
 * side's choice must be among the other's first ones and the oracle's preference small. What the layers
 * compute on the way is compared too, with room for errors that add up: so a failure is placed.
 */
export async function modelGate(request: ModelGateRequest): Promise<GateReport> {
  const policy = request.policy ?? POLICY;
  const { greedyTokens } = policy.model;
  const { oracle, deployed, signal } = request;
  const runs = trials(oracle.model, request, 0);
  const expected = {
    prefill: expectedRunTaps(oracle.model, policy, deployed.taps('prefill')),
    decode: expectedRunTaps(oracle.model, policy, deployed.taps('decode')),
  };
  const planned = runs.length * (expected.prefill.length + expected.decode.length * (greedyTokens - 1));
  const ledger = new Ledger('model', 3, planned, policy, request);
  const distance = new LogitDistance(policy.model);
  const greedy = new GreedyComparison(policy.model);
  const isFed = (): boolean => false;
  for (const run of runs) {
    const sides = { oracle: oracle.start(), deployed: deployed.start() };
    const choices = greedy.start(run.name);
    try {
      let tokens = run.prompt;
      for (let step = 0; step < greedyTokens; step++) {
        const section: Section = step === 0 ? 'prefill' : 'decode';
        const call = {
          model: oracle.model,
          tokens,
          section,
          expected: expected[section],
          isFed,
          offered: deployed.taps(section),
        };
        const { ours, reference } = await compareCall(sides, call, signal, ledger);
        // A shorter answer is booked as a misshapen one; there is nothing to hold it against.
        if (ours.data.length !== reference.data.length) break;
        distance.add(ours, reference);
        choices.add(lastRow(ours), lastRow(reference));
        tokens = topK(lastRow(reference), 1);
      }
    } catch (error) {
      bookFault(error, ledger);
    }
  }
  distance.book(ledger);
  greedy.book(ledger);
  return ledger.report();
}

function lastRow({ shape, data }: Tensor): Float32Array {
  return data.subarray(data.length - data.length / (shape[0] as number));
}
