import { resolve } from 'node:path';
import type { Effort } from '@tilewright/agent-claude';
import { type ReferenceChoice, readTranscript } from '@tilewright/phases';
import { type Agent, type Budget, type Reviewer, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { chosenBudget } from '../config/chosen-budget.ts';
import { chosenAgent, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { AgentSetup } from '../modules/agents.ts';
import { replayedTranscript, replayName } from '../modules/replayed-agent.ts';
import { reviewerFor } from '../review/reviewer.ts';
import { lessonDirectory } from '../workspace/lesson-directory.ts';
import {
  type Recording,
  type ReplayOutcome,
  recordedLengths,
  replayOutcome,
  requireSameSubject,
} from './replay-outcome.ts';
import { type DeployOutcome, runDeployment } from './run-deployment.ts';

export interface DeployRequest {
  readonly model: string;
  readonly out: string;
  /** Approve every checkpoint that a gate has passed. */
  readonly yes: boolean;
  /** Ask at checkpoints; otherwise the deployment waits there. */
  readonly interactive: boolean;
  /** Asked in place of both. */
  readonly reviewer?: Reviewer;
  /** Where there is none: what the user's configuration says, else the default one. */
  readonly target?: string;
  readonly agent?: string;
  /** Decides in place of an agent that has a name. */
  readonly guest?: Agent;
  /** Of the agent claude. */
  readonly agentModel?: string;
  readonly agentEffort?: Effort;
  /** A transcript whose decisions are to be made again, in place of an agent. */
  readonly replay?: string;
  /** What the agent may use; what the user's configuration says besides. */
  readonly budget?: Budget;
  readonly skills: readonly string[];
  /** Default: that of the transcript that is replayed, else 0. */
  readonly seed?: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  /** What phase 0 holds the oracle against. Default `auto`. */
  readonly reference?: ReferenceChoice['kind'];
}

export interface DeployCommandOutcome extends DeployOutcome {
  /** Null where no transcript was replayed. */
  readonly replay: ReplayOutcome | null;
}

/** Phases 0 to 6, then the evaluator in a fresh process, then a little text. Continues what an earlier run left. */
export async function deploy(request: DeployRequest, context: CommandContext): Promise<DeployCommandOutcome> {
  const { surroundings, signal } = context;
  const { path: modelDirectory, source } = await resolveModel(request.model, context);
  const config = await loadConfig(surroundings.cwd);
  const target = await chosenTarget(request.target, config);
  const agent = request.guest
    ? { value: request.guest, module: request.guest.id }
    : await chosenAgent(agentName(request, surroundings.cwd), config, agentSetup(request, context));
  const recording = await recordingOf(agent.module);
  const recorded = recording && recordedLengths(recording);
  const prefillLength = request.prefillLength ?? recorded?.prefillLength;
  const contextLength = request.contextLength ?? recorded?.contextLength;
  const lengths = {
    ...(prefillLength !== undefined && { prefillLength }),
    ...(contextLength !== undefined && { contextLength }),
  };
  if (recording) await requireSameSubject(recording, { modelDirectory, target: target.value.id, ...lengths }, signal);
  const budget = chosenBudget(request.budget, config);
  const directory = resolve(surroundings.cwd, request.out);
  const outcome = await runDeployment(
    {
      model: request.model,
      modelDirectory,
      modelSource: source,
      ...{ directory, target, agent },
      skills: (await chosenSkills(request.skills, config)).map(({ value }) => value),
      reviewer: request.reviewer ?? reviewerFor(request.yes, request.interactive, context),
      seed: request.seed ?? recorded?.seed ?? 0,
      ...lengths,
      ...(budget !== undefined && { budget }),
      reference: request.reference ?? 'auto',
      lessonDirectory: lessonDirectory(surroundings),
    },
    context,
  );
  return { ...outcome, replay: recording && (await replayOutcome(recording, directory)) };
}

/** The agent's name as the flags say it. Throws `usage` where they name two. */
export function agentName({ agent, replay }: Pick<DeployRequest, 'agent' | 'replay'>, cwd: string): string | undefined {
  if (replay === undefined) return agent;
  if (agent === undefined) return replayName(resolve(cwd, replay));
  throw new TilewrightError(
    'usage',
    `--replay takes the place of an agent, and --agent names ${agent}.`,
    'Give one of them.',
    { field: '--replay' },
  );
}

async function recordingOf(agentModule: string): Promise<Recording | null> {
  const file = replayedTranscript(agentModule);
  return file === null ? null : { file, entries: await readTranscript(file) };
}

/** What a built-in agent gets from the request and from where it runs. */
export function agentSetup(
  { agentModel, agentEffort }: Pick<DeployRequest, 'agentModel' | 'agentEffort'>,
  { surroundings, progress }: Pick<CommandContext, 'surroundings' | 'progress'>,
): AgentSetup {
  const onWait = (line: string): void => progress.line(line);
  return { environment: surroundings.environment, model: agentModel, effort: agentEffort, onWait };
}
