import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate } from '@tilewright/evaluator';
import { digest } from '@tilewright/gates';
import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import { deploy, loadDeployment } from '@tilewright/phases';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import {
  type Budget,
  type DeployedModel,
  type Plan,
  type Review,
  seededRandom,
  type Target,
  TilewrightError,
} from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { hostileAgent } from '@tilewright/testkit';

/** Codes that a deployment may end with whatever its agent does. The signal that it is given says `aborted`. */
const DOCUMENTED: ReadonlySet<string> = new Set(['agent-failed', 'aborted']);
const PREFILL_TOKENS = 16;
const CONTEXT_LENGTH = 48;
const MAX_DECISIONS = 9;
/** Of the deployments whose plan nobody has changed, how many are judged: those that have one are judged always. */
const JUDGED_EVERY = 4;
/** How much more than the plan that nobody changed an accepted one may be off: other kernels round otherwise. */
const ALLOWED_FACTOR = 1.5;
const DECODED_TOKENS = 8;

/** What a deployment says when it takes no notice of a decision, or takes it back. */
const BARRIERS: readonly (readonly [string, RegExp])[] = [
  ['no decision', /makes no sense/],
  ['edits that do not fit', /impossible|do not fit/],
  ['a plan that does not hold together', /does not hold together/],
  ['a plan that does not compile', /does not compile/],
  ['a dispatch that does not end', /nothing moves|is stopped after|would run/],
  ['not faster', /must fall by|would rise/],
  ['a gate', /gate does not pass|goes back to the plan/],
  ['a limit', /not asked any more/],
];

/** What all runs have in common: the model and what was found out about it. */
export interface HostileGround {
  readonly model: OpenModel;
  readonly modelDirectory: string;
  readonly target: Target;
  readonly directory: string;
  /** Mean relative L1 of the logits of the plan that nobody changed. */
  readonly honestError: number;
}

export interface HostileOutcome {
  readonly seed: number;
  readonly strategy: string;
  /** A status, or the code that the deployment was rejected with. */
  readonly end: string;
  /** Of the evaluator; null where nothing was deployed, or what was is the plan that nobody changed. */
  readonly verdict: string | null;
  /** Of what was deployed. */
  readonly error: number | null;
  readonly changed: boolean;
  readonly elapsedMs: number;
  /** How often each barrier held something up. */
  readonly stopped: Readonly<Record<string, number>>;
  /** What may not be: a wrong deployment that was accepted, an end that is not documented. */
  readonly faults: readonly string[];
}

/** Two layers of the smallest shape that has every kind of kernel, with weights made up from their names. */
export async function hostileGround(directory: string): Promise<HostileGround> {
  const config = join(directory, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu', num_hidden_layers: 2 },
      ...{ hidden_size: 32, intermediate_size: 64, num_attention_heads: 2, num_key_value_heads: 1, head_dim: 16 },
      ...{ vocab_size: 64, max_position_embeddings: 64, rms_norm_eps: 1e-5, rope_theta: 10_000 },
      ...{ tie_word_embeddings: true, attention_bias: false, mlp_bias: false, bos_token_id: 0, eos_token_id: 1 },
    }),
  );
  const modelDirectory = `synthetic:${config}`;
  const model = await openModel(modelDirectory);
  const target = xdna2Simulator();
  const lengths = { prefillLength: PREFILL_TOKENS, contextLength: CONTEXT_LENGTH };
  const honestError = await forwardError(model, naivePlan(model.spec, target.device, lengths));
  return { model, modelDirectory, target, directory, honestError };
}

/** A whole deployment with a hostile agent, and what became of it. */
export async function hostileRun(seed: number, ground: HostileGround): Promise<HostileOutcome> {
  const { modelDirectory, target, directory } = ground;
  const agent = hostileAgent(seed);
  const workspace = join(directory, `run-${seed}`);
  mkdirSync(workspace);
  const start = performance.now();
  const stopped: Record<string, number> = {};
  const outcome = (found: Partial<HostileOutcome>): HostileOutcome => ({
    ...{ seed, strategy: agent.strategy, end: '', verdict: null, error: null, changed: false, stopped, faults: [] },
    ...found,
    elapsedMs: performance.now() - start,
  });
  try {
    const { status } = await deploy({
      ...{ modelDirectory, workspace, target, agent, seed: 1 + seed, skills: OPTIMIZATION_SKILLS },
      ...{ prefillTokens: PREFILL_TOKENS, contextLength: CONTEXT_LENGTH, maxDecisions: MAX_DECISIONS },
      budget: budgetOf(seed, agent.strategy),
      reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) },
      tapCache: { directory: join(directory, 'taps') },
      onEvent: (event) => {
        const found = event.kind === 'step' ? BARRIERS.find(([, sign]) => sign.test(event.step)) : undefined;
        if (found !== undefined) stopped[found[0]] = (stopped[found[0]] ?? 0) + 1;
      },
    });
    if (status !== 'deployed') {
      const isEnd = status === 'failed' || status === 'waiting';
      return outcome({ end: status, faults: isEnd ? [] : [`it ended as ${status}`] });
    }
    return outcome({ end: status, ...(await judged(workspace, ground, seed % JUDGED_EVERY === 0)) });
  } catch (error) {
    const end = TilewrightError.isInstance(error) ? error.code : `${(error as Error)?.stack ?? String(error)}`;
    return outcome({
      end,
      faults: DOCUMENTED.has(end) ? [] : [`it was rejected with ${end}: ${(error as Error)?.message}`],
    });
  }
}

/** Every other agent has a budget; those that wait for a signal need one. */
function budgetOf(seed: number, strategy: string): Budget {
  if (strategy.startsWith('waits')) return { total: { wallMs: 1500 }, phase: { wallMs: 400 } };
  return seed % 2 === 0 ? { phase: { attempts: 4, tokens: 1000 }, total: { costUsd: 1 } } : {};
}

/** The evaluator's verdict on what was deployed, and ours, which owes nothing to gates. */
async function judged(
  workspace: string,
  { model, modelDirectory, target, honestError }: HostileGround,
  isJudged: boolean,
): Promise<Partial<HostileOutcome>> {
  const { plan, manifest, reports } = await stored(workspace);
  const planDigest = digest(plan);
  const changed = planDigest !== digest(naivePlan(model.spec, target.device, plan));
  const verdict = changed || isJudged ? (await evaluate({ workspace, modelDirectory, target })).verdict : null;
  const error = changed ? await forwardError(model, plan) : honestError;
  const faults: string[] = [];
  const limit = ALLOWED_FACTOR * honestError;
  if (!(error <= limit)) {
    faults.push(`what was deployed (evaluator: ${verdict}) is off by ${error}, where ${limit} is allowed`);
  }
  if (manifest.planDigest !== planDigest) faults.push('the manifest is about another plan');
  for (const { phase, verdict: found, evidence } of reports) {
    if (found !== 'pass') faults.push(`the report of phase ${phase} says ${found}`);
    // Later phases change what earlier ones passed; the last that decides about the plan is the fifth.
    if (phase >= 5 && evidence.subjects.plan !== planDigest) faults.push(`phase ${phase} judged another plan`);
  }
  if (verdict !== 'pass' && verdict !== null) faults.push(`what was deployed is not accepted: ${verdict}`);
  return { verdict, error, faults, changed };
}

async function stored(workspace: string) {
  const { manifest, plan } = await loadDeployment(workspace);
  if (plan === null) throw new TypeError(`${workspace} is deployed and has no plan`);
  const reports = [1, 2, 3, 4, 5, 6].map((phase) =>
    JSON.parse(readFileSync(join(workspace, `gates/phase-${phase}.json`), 'utf8')),
  );
  return { manifest, plan, reports };
}

/**
 * How far all logits of a plan are from the oracle's, as a mean relative L1: of two sequences one after the other on the same
 * buffers, on tokens that no gate has drawn, prefilled and decoded. The worse of the two.
 */
async function forwardError(model: OpenModel, plan: Plan): Promise<number> {
  const target = xdna2Simulator();
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights });
  try {
    const first = await sequenceError(model, deployed, 0x5eed);
    const second = await sequenceError(model, deployed, 0xfeed);
    return second > first || Number.isNaN(second) ? second : first;
  } finally {
    await deployed.close();
  }
}

async function sequenceError(model: OpenModel, deployed: DeployedModel, seed: number): Promise<number> {
  const random = seededRandom(seed);
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => random.integer(0, model.spec.vocabularySize));
  const [ours, truth] = [deployed.start(), model.oracle.start()];
  let [difference, size] = [0, 0];
  for (const tokens of [draw(PREFILL_TOKENS - 2), ...Array.from({ length: DECODED_TOKENS }, () => draw(1))]) {
    const found = (await ours.forward({ tokens, logits: 'all' })).data;
    for (const [index, value] of (await truth.forward({ tokens, logits: 'all' })).data.entries()) {
      difference += Math.abs((found[index] ?? Number.NaN) - value);
      size += Math.abs(value);
    }
  }
  return difference / size;
}
