import { resolve } from 'node:path';
import type { Budget, Target } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { Loaded } from '../modules/load-module.ts';
import type { CommonTerms } from './arm.ts';

/** What the flags of a comparison say for all of its deployments. */
export interface CommonRequest {
  /** Where there is none: what the user's configuration says, else the default one. */
  readonly target?: string;
  readonly seed: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  readonly budget?: Budget;
  /** Where workspaces go, for those who want to keep them. */
  readonly out?: string;
}

/** The terms of deploying one model, with the model found. Throws what finding it throws. */
export async function commonTerms(
  model: string,
  request: CommonRequest,
  { target, judge, out }: { readonly target: Loaded<Target>; readonly judge: boolean; readonly out: string | null },
  context: CommandContext,
): Promise<CommonTerms> {
  const { path, source } = await resolveModel(model, context);
  const { seed, prefillLength, contextLength, budget } = request;
  return {
    ...{ model, modelDirectory: path, modelSource: source, target, seed, judge },
    out: out === null ? null : resolve(context.surroundings.cwd, out),
    ...(prefillLength !== undefined && { prefillLength }),
    ...(contextLength !== undefined && { contextLength }),
    ...(budget !== undefined && { budget }),
  };
}
