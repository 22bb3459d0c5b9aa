import { resolve } from 'node:path';
import type { Effort } from '@tilewright/agent-claude';
import type { ReferenceChoice } from '@tilewright/phases';
import type { CommandContext } from '../command-context.ts';
import { chosenAgent, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { AgentSetup } from '../modules/agents.ts';
import { reviewerFor } from '../review/reviewer.ts';
import { lessonDirectory } from '../workspace/lesson-directory.ts';
import { type DeployOutcome, runDeployment } from './run-deployment.ts';

export interface DeployRequest {
  readonly model: string;
  readonly out: string;
  /** Approve every checkpoint that a gate has passed. */
  readonly yes: boolean;
  /** Ask at checkpoints; otherwise the deployment waits there. */
  readonly interactive: boolean;
  /** Where there is none: what the user's configuration says, else the default one. */
  readonly target?: string;
  readonly agent?: string;
  /** Of the agent claude. */
  readonly agentModel?: string;
  readonly agentEffort?: Effort;
  readonly skills: readonly string[];
  readonly seed: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  /** What phase 0 holds the oracle against. Default `auto`. */
  readonly reference?: ReferenceChoice['kind'];
}

/** Phases 0 to 6, then the evaluator in a fresh process, then a little text. Continues what an earlier run left. */
export async function deploy(request: DeployRequest, context: CommandContext): Promise<DeployOutcome> {
  const { surroundings } = context;
  const { path: modelDirectory, source } = await resolveModel(request.model, context);
  const config = await loadConfig(surroundings.cwd);
  return runDeployment(
    {
      model: request.model,
      modelDirectory,
      modelSource: source,
      directory: resolve(surroundings.cwd, request.out),
      target: await chosenTarget(request.target, config),
      agent: await chosenAgent(request.agent, config, agentSetup(request, context)),
      skills: (await chosenSkills(request.skills, config)).map(({ value }) => value),
      reviewer: reviewerFor(request.yes, request.interactive, context),
      seed: request.seed,
      ...(request.prefillLength !== undefined && { prefillLength: request.prefillLength }),
      ...(request.contextLength !== undefined && { contextLength: request.contextLength }),
      reference: request.reference ?? 'auto',
      lessonDirectory: lessonDirectory(surroundings),
    },
    context,
  );
}

/** What a built-in agent gets from the request and from where it runs. */
export function agentSetup(
  { agentModel, agentEffort }: Pick<DeployRequest, 'agentModel' | 'agentEffort'>,
  { surroundings, progress }: Pick<CommandContext, 'surroundings' | 'progress'>,
): AgentSetup {
  const onWait = (line: string): void => progress.line(line);
  return { environment: surroundings.environment, model: agentModel, effort: agentEffort, onWait };
}
