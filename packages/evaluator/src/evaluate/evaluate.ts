import { randomInt } from 'node:crypto';
import { digest, modelDigest, POLICY, policyDigest } from '@tilewright/gates';
import { openModel } from '@tilewright/oracle';
import { type EvaluationReport, type EvaluationRequest, type Evaluator, throwIfAborted } from '@tilewright/spec';
import { compareClaims } from '../claims/compare-claims.ts';
import { readClaims } from '../claims/read-claims.ts';
import { judge, type Seeds } from '../judgement/judge.ts';
import { type SealedJudgement, sealJudgement } from '../judgement/sealed-judgement.ts';
import { readPlan } from './read-plan.ts';
import { requireWeights } from './require-weights.ts';
import { summarise, verdictOf } from './verdict.ts';

/** What a verdict says that it was found with; changes whenever the same deployment might be judged otherwise. */
const PROCEDURE = 'phase 7, version 2';

/** Seeds are whole numbers below this, the generator's state. */
const SEED_RANGE = 2 ** 32;

/**
 * Judges a deployment anew. Of the workspace it takes the plan, as the thing to judge, and nothing else;
 * model, oracle, Programs and numbers are its own, from seeds that did not exist when the plan was made.
 * Only when all that is sealed does it read what the deployment claims. Throws `workspace-invalid` where there
 * is no plan, what opening a model throws, and `aborted`; whatever else is wrong is in the report.
 */
export async function evaluate(request: EvaluationRequest): Promise<EvaluationReport> {
  const sealed = await sealedJudgement(request);
  request.onProgress?.('compares with what was claimed');
  const claims = compareClaims(await readClaims(request.workspace), sealed);
  const { gates, subjects, seeds, performance } = sealed;
  const verdict = verdictOf(gates, claims);
  return {
    specificationVersion: 'v1',
    verdict,
    summary: summarise(verdict, gates, claims),
    evaluatedAt: new Date().toISOString(),
    ...{ subjects, seeds, gates, performance, claims },
  };
}

/** The evaluator as the contract has it. */
export const evaluator: Evaluator = { evaluate };

/** Everything that the evaluator finds without a claim. */
async function sealedJudgement(request: EvaluationRequest): Promise<SealedJudgement> {
  const { workspace, modelDirectory, target, atLeast, signal } = request;
  const tell = request.onProgress ?? ((): void => {});
  throwIfAborted(signal);
  const plan = await readPlan(workspace);
  // The plan is fixed from here on: nothing about these was known to whoever made it.
  const seeds = drawSeeds();
  // No more than these: what a deployment's oracle has stored is the deployment's.
  const { engine, weightCacheBytes } = request.oracle ?? {};
  const model = await openModel(modelDirectory, {
    ...(engine && { engine }),
    ...(weightCacheBytes !== undefined && { weightCacheBytes }),
  });
  try {
    tell('reads the model');
    requireWeights(model);
    const subjects = {
      model: modelDigest(model.spec, await model.digest(signal)),
      plan: digest(plan),
      policy: policyDigest(POLICY),
      target: target.id,
      device: digest(target.device),
      evaluator: PROCEDURE,
    };
    const options = { ...(atLeast && { atLeast }), ...(signal && { signal }) };
    return sealJudgement(await judge({ plan, model, target, seeds, subjects, tell, ...options }));
  } finally {
    await model.close();
  }
}

function drawSeeds(): Seeds {
  const draw = (): number => randomInt(SEED_RANGE);
  return { kernels: draw(), blocks: draw(), model: draw(), runs: draw(), splitRuns: draw(), weights: draw() };
}
