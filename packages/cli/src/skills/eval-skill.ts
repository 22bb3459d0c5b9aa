import { join } from 'node:path';
import type { Budget, Skill } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { agentSetup, type DeployRequest } from '../commands/deploy.ts';
import type { Arm, ArmResult, CommonTerms } from '../comparison/arm.ts';
import { type CommonRequest, commonTerms, requireNewWorkspaces } from '../comparison/common-request.ts';
import { directoryName, runArms } from '../comparison/run-arms.ts';
import { chosenBudget } from '../config/chosen-budget.ts';
import { chosenAgent, chosenSkill, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { DEFAULT_AGENT } from '../modules/agents.ts';
import type { Loaded } from '../modules/load-module.ts';

export interface EvalRequest extends CommonRequest, Pick<DeployRequest, 'agentModel' | 'agentEffort'> {
  /** A built-in name, an installed package, a package's directory or a file, or the id of one in the configuration. */
  readonly skill: string;
  readonly models: readonly string[];
  readonly agent?: string;
  /** Have the evaluator judge each deployment; the gates of the phases always do. */
  readonly judge: boolean;
}

export interface EvalResult {
  readonly skill: { readonly id: string; readonly kind: Skill['kind']; readonly module: string };
  readonly agent: string;
  readonly target: { readonly id: string; readonly device: string };
  readonly seed: number;
  readonly budget: Budget | null;
  readonly models: readonly EvaluatedModel[];
}

interface EvaluatedModel {
  readonly model: string;
  readonly without: ArmResult;
  readonly with: ArmResult;
  readonly effect: SkillEffect;
}

/** What the skill made of one model: the deployment with it less the one without. */
export interface SkillEffect {
  /** Share by which the time changed, negative where it fell; null where there is none to compare. */
  readonly timeToFirstToken: number | null;
  readonly token: number | null;
  readonly attempts: number;
  readonly failures: number;
  /** Of the attempts with it, those that it proposed, and those of them that were kept. */
  readonly proposed: number;
  readonly kept: number;
}

/**
 * Deploys each model twice under the same terms, without a skill and with it. A built-in skill, or one of the
 * configuration, is left out of the first; another one is added to the second. Throws `module-unknown` and what
 * deploying throws.
 */
export async function evalSkill(request: EvalRequest, context: CommandContext): Promise<EvalResult> {
  const { judge, out } = request;
  await requireNewWorkspaces(out, context);
  const config = await loadConfig(context.surroundings.cwd);
  const target = await chosenTarget(request.target, config);
  const skill = await chosenSkill(request.skill, config);
  const sets = skillSets(skill, await chosenSkills([], config));
  const setup = agentSetup(request, context);
  const budget = chosenBudget(request.budget, config);
  // An agent of its own for each: some remember what they have decided.
  const armsOf = (): Promise<Arm[]> =>
    Promise.all(
      (['without', 'with'] as const).map(async (name) => ({
        name: `${name}-${skill.value.id}`,
        agent: await chosenAgent(request.agent, config, setup),
        skills: sets[name],
      })),
    );
  const prepared: { readonly terms: CommonTerms; readonly arms: readonly Arm[] }[] = [];
  for (const [index, model] of request.models.entries()) {
    const place = out === undefined ? null : join(out, directoryName(`${index + 1}-${model.split(/[\\/]/).at(-1)}`));
    const arms = await armsOf();
    const agents = arms.slice(0, 1).map(({ agent }) => agent);
    prepared.push({
      arms,
      terms: await commonTerms(model, request, { target, agents, budget, judge, out: place }, context),
    });
  }
  const agentName = prepared[0]?.arms[0]?.agent.module ?? DEFAULT_AGENT;
  const models: EvaluatedModel[] = [];
  for (const { terms, arms } of prepared) {
    context.progress.line(`${skill.value.id} on ${terms.model}, by ${agentName}`);
    const [without, withIt] = (await runArms(arms, terms, context)) as [ArmResult, ArmResult];
    models.push({ model: terms.model, without, with: withIt, effect: effectOf(skill.value.id, without, withIt) });
  }
  const seed = prepared[0]?.terms.seed ?? request.seed ?? 0;
  return {
    skill: { id: skill.value.id, kind: skill.value.kind, module: skill.module },
    agent: agentName,
    target: { id: target.value.id, device: target.value.device.name },
    ...{ seed, budget: budget ?? null, models },
  };
}

/** The skills of both deployments. One that takes the place of another by its id is compared with that. */
function skillSets(
  skill: Loaded<Skill>,
  others: readonly Loaded<Skill>[],
): { readonly without: readonly Skill[]; readonly with: readonly Skill[] } {
  const isSame = ({ module, value }: Loaded<Skill>): boolean =>
    value === skill.value || (module === skill.module && value.id === skill.value.id);
  const known = others.some(isSame);
  const values = others.map(({ value }) => value);
  if (known) return { without: others.filter((other) => !isSame(other)).map(({ value }) => value), with: values };
  const replaces = values.some(({ id }) => id === skill.value.id);
  const replaced = values.map((value) => (value.id === skill.value.id ? skill.value : value));
  return { without: values, with: replaces ? replaced : [...values, skill.value] };
}

function effectOf(id: string, without: ArmResult, withIt: ArmResult): SkillEffect {
  const share = (field: 'timeToFirstTokenUs' | 'tokenUs'): number | null => {
    const [before, after] = [without.time?.[field], withIt.time?.[field]];
    return before === undefined || after === undefined ? null : (after - before) / before;
  };
  const ours = withIt.attempts.bySkill.find(({ skill }) => skill === id);
  return {
    timeToFirstToken: share('timeToFirstTokenUs'),
    token: share('tokenUs'),
    attempts: withIt.attempts.made - without.attempts.made,
    failures: withIt.failures - without.failures,
    proposed: ours?.made ?? 0,
    kept: ours?.kept ?? 0,
  };
}
