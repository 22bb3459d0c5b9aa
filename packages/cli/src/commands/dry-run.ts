import { resolve } from 'node:path';
import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { openModel } from '@tilewright/oracle';
import { DEFAULT_CONTEXT_LENGTH, DEFAULT_PREFILL_TOKENS, PHASES } from '@tilewright/phases';
import type { SectionName } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { chosenAgent, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { agentName, agentSetup, type DeployRequest } from './deploy.ts';

/** What `deploy` would do, found without writing anything or running a gate. */
export interface DryRun {
  readonly model: { readonly name: string; readonly weights: number };
  readonly directory: string;
  readonly target: string;
  readonly agent: string;
  readonly skills: readonly string[];
  readonly prefillLength: number;
  readonly contextLength: number;
  readonly phases: readonly { readonly phase: number; readonly title: string; readonly gate: string }[];
  /** Dispatches of the naive plan, which the phases start from. */
  readonly dispatches: Readonly<Record<SectionName, number>>;
  readonly launches: number;
}

/**
 * Opens the model, checks every weight's shape, loads target, agent and skills, and plans and compiles: what a
 * deployment would refuse for its input is refused here too.
 */
export async function dryRun(request: DeployRequest, context: CommandContext): Promise<DryRun> {
  const { surroundings, signal } = context;
  const config = await loadConfig(surroundings.cwd);
  const { value: target } = await chosenTarget(request.target, config);
  const { value: agent } = await chosenAgent(
    agentName(request, surroundings.cwd),
    config,
    agentSetup(request, context),
  );
  const skills = await chosenSkills(request.skills, config);
  const found = await resolveModel(request.model, context);
  const model = await openModel(found.path);
  try {
    const contextLength = request.contextLength ?? Math.min(DEFAULT_CONTEXT_LENGTH, model.spec.maxPositions);
    const prefillLength = request.prefillLength ?? Math.min(DEFAULT_PREFILL_TOKENS, contextLength);
    const plan = naivePlan(model.spec, target.device, { prefillLength, contextLength });
    const lowered = lowerPlan(plan, target.device);
    await target.compile(lowered, { signal });
    const count = (section: SectionName): number =>
      lowered.dispatches.filter((dispatch) => dispatch.section === section).length;
    return {
      model: { name: found.name, weights: model.weights.list().length },
      directory: resolve(surroundings.cwd, request.out),
      target: target.device.name,
      agent: agent.id,
      skills: skills.map(({ value }) => value.id),
      prefillLength: plan.prefillLength,
      contextLength,
      phases: PHASES.map(({ phase, title, gate }) => ({ phase, title, gate })),
      dispatches: { prefill: count('prefill'), decode: count('decode'), head: count('head') },
      launches: lowered.dispatches.reduce((sum, { program }) => sum + program.launches.length, 0),
    };
  } finally {
    await model.close();
  }
}
