import { resolve } from 'node:path';
import { readTranscript } from '@tilewright/phases';
import type { Agent, Budget, Target } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { type Recording, recordedLengths, requireSameSubject } from '../commands/replay-outcome.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { Loaded } from '../modules/load-module.ts';
import { replayedTranscript } from '../modules/replayed-agent.ts';
import { requireNewDirectory } from '../skills/new-directory.ts';
import type { CommonTerms } from './arm.ts';

/** What the flags of a comparison say for all of its deployments. */
export interface CommonRequest {
  /** Where there is none: what the user's configuration says, else the default one. */
  readonly target?: string;
  /** Default: that of the first transcript that is replayed, else 0. So with the lengths. */
  readonly seed?: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  readonly budget?: Budget;
  /** Where workspaces go, for those who want to keep them. */
  readonly out?: string;
}

/** What is known by the time a model is to be found. */
export interface FoundTerms {
  readonly target: Loaded<Target>;
  readonly agents: readonly Loaded<Agent>[];
  readonly budget: Budget | undefined;
  readonly judge: boolean;
  readonly out: string | null;
}

/**
 * The terms of deploying one model, with the model found. Throws what finding it throws, and `usage` where an agent
 * replays a transcript of something else.
 */
export async function commonTerms(
  model: string,
  request: CommonRequest,
  { agents, budget, out, ...found }: FoundTerms,
  context: CommandContext,
): Promise<CommonTerms> {
  const { path, source } = await resolveModel(model, context);
  const recordings: Recording[] = [];
  for (const { module } of agents) {
    const file = replayedTranscript(module);
    if (file !== null) recordings.push({ file, entries: await readTranscript(file) });
  }
  const [first] = recordings;
  const recorded = first && recordedLengths(first);
  const prefillLength = request.prefillLength ?? recorded?.prefillLength;
  const contextLength = request.contextLength ?? recorded?.contextLength;
  const lengths = {
    ...(prefillLength !== undefined && { prefillLength }),
    ...(contextLength !== undefined && { contextLength }),
  };
  const subject = { modelDirectory: path, target: found.target.value.id, ...lengths };
  for (const recording of recordings) await requireSameSubject(recording, subject, context.signal);
  return {
    ...{ model, modelDirectory: path, modelSource: source, ...found, ...lengths },
    seed: request.seed ?? recorded?.seed ?? 0,
    out: out === null ? null : resolve(context.surroundings.cwd, out),
    ...(budget !== undefined && { budget }),
  };
}

/**
 * Throws `usage` where workspaces are to be kept in a directory that is there and not empty: what lies there would be
 * continued, and a workspace does not say which skills it was made with.
 */
export async function requireNewWorkspaces(out: string | undefined, { surroundings }: CommandContext): Promise<void> {
  if (out !== undefined) await requireNewDirectory(resolve(surroundings.cwd, out));
}
