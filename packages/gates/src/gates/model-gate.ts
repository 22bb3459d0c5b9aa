import {
  type DeployedSequence,
  type GateReport,
  type OracleSequence,
  type Tensor,
  throwIfAborted,
} from '@tilewright/spec';
import { type ModelRule, POLICY } from '../policy/policy.ts';
import { topK } from '../statistics/top-k.ts';
import type { ExpectedTap } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import { GreedyComparison } from './greedy-comparison.ts';
import { Ledger } from './ledger.ts';
import { localise } from './localise.ts';
import { LogitDistance } from './logit-distance.ts';
import { bookFault } from './teacher-forced.ts';
import { type Trial, trials } from './trial.ts';

export type ModelGateRequest = GateRequest;

/**
 * Phase 3: the whole model, nothing fed but tokens. Logits are compared at every position of each prompt
 * and of the oracle's greedy continuation of it, both sides being given the oracle's tokens. Up to the
 * first token that the deployment would have chosen differently this is its own free run; there, each
 * side's choice must be among the other's first ones and the oracle's preference small. If anything
 * fails, the run is repeated to find the first kernel and layer that leave the block's tolerance.
 */
export async function modelGate(request: ModelGateRequest): Promise<GateReport> {
  const policy = request.policy ?? POLICY;
  const rule = policy.model;
  const runs = trials(request.oracle.model, request, 0);
  const logits: ExpectedTap = {
    name: 'logits',
    layer: null,
    kernel: 'logits',
    rule: 'logits',
    tolerance: policy.logits,
  };
  const ledger = new Ledger('model', 3, runs.length * rule.greedyTokens, policy, request);
  const distance = new LogitDistance(rule);
  const greedy = new GreedyComparison(rule);
  for (const run of runs) {
    const tokens = [...run.prompt];
    try {
      const failedAt = await compareRun(request, run, tokens, rule, logits, distance, greedy, ledger);
      if (failedAt !== null) await localise(request, policy, run.prompt, tokens.slice(run.prompt.length), ledger);
    } catch (error) {
      bookFault(error, ledger);
    }
  }
  distance.book(ledger);
  greedy.book(ledger);
  return ledger.report();
}

/** Appends the oracle's greedy tokens to `tokens`. Yields how many there were when something first failed, or null. */
async function compareRun(
  { oracle, deployed, signal }: ModelGateRequest,
  run: Trial,
  tokens: number[],
  rule: ModelRule,
  logits: ExpectedTap,
  distance: LogitDistance,
  greedy: GreedyComparison,
  ledger: Ledger,
): Promise<number | null> {
  const sides = { reference: oracle.start(), ours: deployed.start() };
  const choices = greedy.start(run.name);
  let failedAt: number | null = null;
  for (let step = 0; step < rule.greedyTokens; step++) {
    throwIfAborted(signal);
    const section = step === 0 ? 'prefill' : 'decode';
    const given = step === 0 ? run.prompt : tokens.slice(-1);
    const { reference, ours } = await bothLogits(sides, given, signal);
    let passed = ledger.compare(section, step, logits, ours, reference);
    if (ours.data.length !== reference.data.length) return step;
    passed = distance.add(ours, reference) && passed;
    const next = topK(lastRow(reference), 1)[0] as number;
    passed = choices.add(lastRow(ours), lastRow(reference)) && passed;
    if (!passed) failedAt ??= step;
    tokens.push(next);
  }
  return failedAt;
}

async function bothLogits(
  sides: { readonly reference: OracleSequence; readonly ours: DeployedSequence },
  tokens: readonly number[],
  signal: AbortSignal | undefined,
): Promise<{ reference: Tensor; ours: Tensor }> {
  const call = { tokens, logits: 'all', ...(signal && { signal }) } as const;
  return { reference: await sides.reference.forward(call), ours: await sides.ours.forward(call) };
}

function lastRow({ shape, data }: Tensor): Float32Array {
  return data.subarray(data.length - data.length / (shape[0] as number));
}
