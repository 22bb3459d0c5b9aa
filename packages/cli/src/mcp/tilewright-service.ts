import type {
  DeploymentHooks,
  DeploymentOutcome,
  DeploymentRequest,
  EstimateOutcome,
  EstimateRequest,
  EvaluationOutcome,
  EvaluationRequest,
  InstalledSkill,
  JobHooks,
  TilewrightService,
} from '@tilewright/mcp';
import { loadDeployment } from '@tilewright/phases';
import type { CommandContext } from '../command-context.ts';
import { type DeployCommandOutcome, deploy } from '../commands/deploy.ts';
import { type EstimateResult, estimate } from '../commands/estimate.ts';
import { registry } from '../commands/registry.ts';
import { report } from '../commands/report.ts';
import { searchKernels } from '../commands/search-kernels.ts';
import { status } from '../commands/status.ts';
import { chosenSkills } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { evaluateInChild } from '../evaluation/evaluate-in-child.ts';
import { deployedModelPath, resolveModel } from '../model/resolve-model.ts';
import { packageInfo } from '../package-info.ts';
import { builtInSkills } from '../skills/built-in-skills.ts';
import { parseSkillDocument } from '../skills/front-matter.ts';
import type { Surroundings } from '../terminal/surroundings.ts';
import { trustedTarget } from '../workspace/open-deployment.ts';
import { jobProgress } from './job-progress.ts';
import { gateOutcome, phaseOutcome, verdictOf } from './outcomes.ts';

/** What the server can have done, done by the commands. */
export function tilewrightService(surroundings: Surroundings): TilewrightService {
  // Nothing that a client is told has colours in it.
  const plain: Surroundings = { ...surroundings, environment: { ...surroundings.environment, NO_COLOR: '1' } };
  const contextOf = (hooks: JobHooks): CommandContext => ({
    ...{ surroundings: plain, progress: jobProgress(hooks), signal: hooks.signal },
  });
  const quiet = contextOf({ onProgress: () => {}, signal: surroundings.signal });
  return {
    version: packageInfo().version,
    workingDirectory: surroundings.cwd,
    deploy: (request, hooks) => deployFor(request, hooks, contextOf(hooks)),
    evaluate: (request, hooks) => evaluate(request, contextOf(hooks)),
    estimate: async (request, hooks) => estimateOutcome(await estimate(estimateFlags(request), contextOf(hooks))),
    status: async (directory) => {
      const found = await status(directory, quiet);
      const { manifest, gates, evaluation } = found;
      return {
        ...{ directory: found.directory, status: found.status, planDigest: found.planDigest },
        ...{ model: manifest.model.directory, target: manifest.target.id, agent: manifest.agent.id },
        phases: manifest.phases.map(phaseOutcome),
        gates: gates.map(gateOutcome),
        evaluation: evaluation && { ...verdictOf(evaluation), current: evaluation.current },
      };
    },
    report: async (directory) => {
      const { file, bytes } = await report({ directory }, quiet);
      return { file, bytes };
    },
    searchKernels: (query, signal) => searchKernels(query, { ...quiet, signal }),
    kernels: async () => (await registry({ shape: {} }, quiet)).kernels,
    rows: async (kernel) => (await registry({ kernel, shape: {} }, quiet)).rows?.map(publishedRow(kernel)) ?? [],
    skills: () => installedSkills(plain),
  };
}

function publishedRow(kernel: string) {
  return ({ publishedLatencyUs, ...row }: NonNullable<Awaited<ReturnType<typeof registry>>['rows']>[number]) => {
    return { ...row, kernel, publishedUs: publishedLatencyUs };
  };
}

/** As `deploy` does with these flags; the client is asked where a terminal would be. */
async function deployFor(
  { model, directory: out, agent, skills, ...asked }: DeploymentRequest,
  { agent: guest, reviewer }: DeploymentHooks,
  context: CommandContext,
): Promise<DeploymentOutcome> {
  const { target, prefillLength, contextLength, seed, budget } = asked;
  const outcome = await deploy(
    {
      ...{ model, out, skills, reviewer, yes: false, interactive: false },
      ...(guest !== null && { guest }),
      ...(typeof agent === 'string' && { agent }),
      ...(typeof agent === 'object' && agent !== null && { replay: agent.replay }),
      ...(target !== null && { target }),
      ...(prefillLength !== null && { prefillLength }),
      ...(contextLength !== null && { contextLength }),
      ...(seed !== null && { seed }),
      ...(budget !== null && { budget }),
    },
    context,
  );
  return deploymentOutcome(outcome);
}

function deploymentOutcome(outcome: DeployCommandOutcome): DeploymentOutcome {
  const { directory, status: reached, reason, planDigest, phases, gates, evaluation, text } = outcome;
  return {
    ...{ directory, status: reached, reason, planDigest },
    phases: phases.map(phaseOutcome),
    gates: gates.map(gateOutcome),
    evaluation: evaluation && verdictOf(evaluation),
    text: text?.deployed.text ?? null,
    samePlan: outcome.replay?.samePlan ?? null,
  };
}

/** In a fresh process, which nothing has touched that ran in this one. */
async function evaluate(request: EvaluationRequest, context: CommandContext): Promise<EvaluationOutcome> {
  const { directory } = request;
  const { manifest } = await loadDeployment(directory);
  const found = await evaluateInChild(
    {
      directory,
      modelDirectory:
        request.model === null
          ? await deployedModelPath(manifest.model, directory, context)
          : (await resolveModel(request.model, context)).path,
      target: request.target ?? trustedTarget(manifest),
      ...{ prefillLength: undefined, contextLength: undefined },
    },
    context,
  );
  return { directory, ...verdictOf(found), gates: found.gates.map(gateOutcome), claims: found.claims };
}

function estimateFlags({ model, target, promptTokens, contextTokens, optimize }: EstimateRequest) {
  return {
    ...{ model, optimize, skills: [] },
    ...(target !== null && { target }),
    ...(promptTokens !== null && { promptTokens }),
    ...(contextTokens !== null && { contextTokens }),
  };
}

function estimateOutcome({
  model,
  target,
  promptTokens,
  contextTokens,
  optimized,
  ...naive
}: EstimateResult): EstimateOutcome {
  return {
    ...{ model: model.name, target: target.id, promptTokens, contextTokens, naive },
    optimized: optimized && {
      ...optimized,
      keptProposals: optimized.attempts.flatMap(({ kept, proposal }) => (kept ? [proposal] : [])),
    },
  };
}

/** The built-in ones and those of the user's configuration. */
async function installedSkills({ cwd }: Surroundings): Promise<readonly InstalledSkill[]> {
  const found = new Map<string, InstalledSkill>();
  for (const { name, kind, document } of await builtInSkills()) {
    found.set(name, { name, kind, description: descriptionOf(document), document });
  }
  for (const { value } of await chosenSkills([], await loadConfig(cwd))) {
    const { id, kind, doc } = value;
    found.set(id, { name: id, kind, description: descriptionOf(doc), document: doc });
  }
  return [...found.values()];
}

function descriptionOf(document: string): string {
  const description = parseSkillDocument(document).fields?.description;
  return typeof description === 'string' ? description : '';
}
