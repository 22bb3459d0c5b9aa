import { type Budget, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import type { Arm, ArmResult } from '../comparison/arm.ts';
import { type CommonRequest, commonTerms, requireNewWorkspaces } from '../comparison/common-request.ts';
import { directoryName, runArms } from '../comparison/run-arms.ts';
import { chosenBudget } from '../config/chosen-budget.ts';
import { chosenAgent, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { CLAUDE_AGENT } from '../modules/agents.ts';
import { agentSetup, type DeployRequest } from './deploy.ts';

export interface CompareRequest extends CommonRequest, Pick<DeployRequest, 'agentModel' | 'agentEffort'> {
  readonly model: string;
  /** Agents by name: built in, `replay:TRANSCRIPT`, or a module. Each once. */
  readonly agents: readonly string[];
  readonly skills: readonly string[];
}

export interface CompareResult {
  readonly model: string;
  readonly target: { readonly id: string; readonly device: string };
  readonly seed: number;
  readonly budget: Budget | null;
  /** In the order in which they were named. */
  readonly agents: readonly ArmResult[];
}

/**
 * Lets several agents deploy one model, each on its own and under the same terms: same skills, budget and seed, no
 * lessons. Each is judged by the evaluator. Throws `usage`, `module-unknown` and what deploying throws.
 */
export async function compare(request: CompareRequest, context: CommandContext): Promise<CompareResult> {
  const names = requireAgents(request.agents);
  await requireNewWorkspaces(request.out, context);
  const config = await loadConfig(context.surroundings.cwd);
  const target = await chosenTarget(request.target, config);
  const skills = (await chosenSkills(request.skills, config)).map(({ value }) => value);
  const arms: Arm[] = [];
  for (const name of names) {
    // Model and effort are of one agent among several; where it is not among them, naming them is a mistake.
    const own = name === CLAUDE_AGENT || !names.includes(CLAUDE_AGENT) ? request : {};
    arms.push({ name, agent: await chosenAgent(name, config, agentSetup(own, context)), skills });
  }
  const budget = chosenBudget(request.budget, config);
  const agents = arms.map(({ agent }) => agent);
  const found = { target, agents, budget, judge: true, out: request.out ?? null };
  const terms = await commonTerms(request.model, request, found, context);
  return {
    model: request.model,
    target: { id: target.value.id, device: target.value.device.name },
    ...{ seed: terms.seed, budget: budget ?? null },
    agents: await runArms(arms, terms, context),
  };
}

function requireAgents(names: readonly string[]): readonly string[] {
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  const twice = given.find((name, index) => given.some((other, at) => at < index && sameDirectory(name, other)));
  if (given.length > 0 && twice === undefined) return given;
  throw new TilewrightError(
    'usage',
    twice === undefined
      ? 'No agent is named.'
      : `The agent ${twice} is named twice, or another would share its directory.`,
    'Name each once, separated by commas: --agents rules,replay:FILE',
    { field: '--agents', got: names.join(',') },
  );
}

function sameDirectory(a: string, b: string): boolean {
  return directoryName(a).toLowerCase() === directoryName(b).toLowerCase();
}
