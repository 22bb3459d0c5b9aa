import { randomInt } from 'node:crypto';
import {
  blockGate,
  digest,
  type GateRequest,
  kernelGate,
  modelDigest,
  modelGate,
  POLICY,
  policyDigest,
} from '@tilewright/gates';
import { lowerPlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import {
  type Compiled,
  type EvaluatedPerformance,
  type EvaluationReport,
  type EvaluationRequest,
  type Evaluator,
  type GateReport,
  type Plan,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { compareClaims } from '../claims/compare-claims.ts';
import { deviceGate } from '../device-work/device-gate.ts';
import { performanceOf } from './performance.ts';
import { readPlan } from './read-plan.ts';
import { refusal } from './refusal.ts';
import { requireWeights } from './require-weights.ts';
import { summarise, verdictOf } from './verdict.ts';

/** Seeds are whole numbers below this, the generator's state. */
const SEED_RANGE = 2 ** 32;
const SEEDS = 3;
const DECODE_STEPS = 3;
const RUN_PROMPT_TOKENS = 61;

/**
 * Judges a deployment anew. Of the workspace it takes the plan, as the thing to judge, and nothing else;
 * model, oracle, Programs and numbers are its own, from seeds that did not exist when the plan was made.
 * Only when all that stands does it read what the deployment claims. Throws `workspace-invalid` where there
 * is no plan, what opening a model throws, and `aborted`; whatever else is wrong is in the report.
 */
export async function evaluate(request: EvaluationRequest): Promise<EvaluationReport> {
  const { workspace, modelDirectory, target, signal } = request;
  const tell = request.onProgress ?? ((): void => {});
  throwIfAborted(signal);
  const plan = await readPlan(workspace);
  const seeds = Array.from({ length: SEEDS }, () => randomInt(SEED_RANGE));
  const model = await openModel(modelDirectory);
  try {
    tell('reads the model');
    requireWeights(model);
    const subjects = {
      model: modelDigest(model.spec, await model.digest(signal)),
      plan: digest(plan),
      policy: policyDigest(POLICY),
      target: target.id,
    };
    const { gates, performance } = await judge(request, model, plan, seeds, subjects, tell);
    // Everything above is sealed here. What follows reads claims and changes no number.
    tell('compares with what was claimed');
    const verdicts = new Map(gates.map(({ gate, verdict }) => [gate, verdict]));
    const claims = await compareClaims(workspace, { ...subjects, gates: verdicts });
    const verdict = verdictOf(gates, claims);
    return {
      specificationVersion: 'v1',
      verdict,
      summary: summarise(verdict, gates, claims),
      evaluatedAt: new Date().toISOString(),
      subjects,
      seeds,
      gates,
      performance,
      claims,
    };
  } finally {
    await model.close();
  }
}

/** The evaluator as the contract has it. */
export const evaluator: Evaluator = { evaluate };

interface Judgement {
  readonly gates: readonly GateReport[];
  readonly performance: EvaluatedPerformance;
}

async function judge(
  { target, signal }: EvaluationRequest,
  model: OpenModel,
  plan: Plan,
  seeds: readonly number[],
  subjects: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<Judgement> {
  const refused = (message: string): Judgement => ({
    gates: [refusal(message, subjects)],
    performance: { timing: target.timing, promptTokens: 0, timeToFirstTokenUs: 0, decodeTokensPerSecond: 0 },
  });
  if (digest(plan.model) !== digest(model.spec)) return refused('the plan is for another model than the one given');
  const call = signal ? { signal } : {};
  let compiled: Compiled;
  try {
    tell('compiles the plan');
    compiled = await target.compile(lowerPlan(plan, target.device), call);
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    return refused(`the plan cannot be compiled: ${error.message}`);
  }
  const { lowered } = compiled;
  const gates = [deviceGate(plan, lowered, subjects)];
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights, ...call });
  try {
    for (const [name, run] of gateRuns(plan, seeds)) {
      throwIfAborted(signal);
      tell(`runs the gate for ${name}`);
      gates.push(await run({ oracle: model.oracle, deployed, subjects, ...call }));
    }
    tell('estimates the time');
    return { gates, performance: await performanceOf({ plan, compiled, target, deployed, ...call }) };
  } catch (error) {
    // Some faults of a plan show only when it runs.
    if (!isPlanFault(error)) throw error;
    const { performance } = refused('');
    return { gates: [...gates, refusal(`the plan cannot be run: ${error.message}`, subjects)], performance };
  } finally {
    await deployed.close();
  }
}

type Given = Pick<GateRequest, 'oracle' | 'deployed' | 'subjects' | 'signal'>;

/** The gates, each with a seed of its own and prompts that end somewhere within the last tile. */
function gateRuns(
  { prefillLength, contextLength }: Plan,
  seeds: readonly number[],
): readonly (readonly [string, (given: Given) => Promise<GateReport>])[] {
  const [first = 0, second = 0, third = 0] = seeds;
  const longest = Math.min(prefillLength, contextLength - DECODE_STEPS);
  const length = (seed: number): number => Math.max(1, longest - (seed % 8));
  const room = contextLength - POLICY.model.greedyTokens;
  return [
    [
      'kernels',
      (given) => kernelGate({ ...given, seeds: [first], promptTokens: length(first), decodeSteps: DECODE_STEPS }),
    ],
    [
      'blocks',
      (given) => blockGate({ ...given, seeds: [second], promptTokens: length(second), decodeSteps: DECODE_STEPS }),
    ],
    [
      'the model',
      (given) =>
        modelGate({
          ...given,
          seeds: [third],
          promptTokens: Math.max(1, Math.min(RUN_PROMPT_TOKENS, prefillLength, room)),
        }),
    ],
  ];
}

const PLAN_FAULTS = new Set([
  'plan-invalid',
  'program-invalid',
  'kernel-unknown',
  'shape-unsupported',
  'compile-failed',
]);

function isPlanFault(error: unknown): error is TilewrightError {
  return TilewrightError.isInstance(error) && PLAN_FAULTS.has(error.code);
}
