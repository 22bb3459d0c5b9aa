import { openModel } from '@tilewright/oracle';
import {
  agentUse,
  type DeploymentAgentUse,
  type DeployResult,
  deploy as deployPhases,
  EVALUATION_FILES,
  fileLessonStore,
  type ReferenceChoice,
  WORKSPACE_FILES,
} from '@tilewright/phases';
import type { Agent, Budget, DeploymentManifest, EvaluationReport, Reviewer, Skill, Target } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { evaluateInChild } from '../evaluation/evaluate-in-child.ts';
import { type TextBesideOracle, textBesideOracle } from '../generation/text-beside-oracle.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import type { Loaded } from '../modules/load-module.ts';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { packageInfo } from '../package-info.ts';
import { deployProgress, evaluationLine } from '../progress/deploy-progress.ts';
import { styleFor } from '../terminal/style.ts';
import { cacheDirectory } from '../workspace/cache-directory.ts';
import { type GateSummary, summariseGate } from '../workspace/gate-summary.ts';
import { openInTransformers } from './open-reference.ts';
import { DEFAULT_PROMPT } from './prompt-tokens.ts';
import { searchKernels } from './search-kernels.ts';

/** A deployment with everything found that it names. */
export interface DeploymentRun {
  /** As the user named it, for progress. */
  readonly model: string;
  readonly modelDirectory: string;
  /** The model and its commit on Hugging Face's hub; null where it did not come from there. */
  readonly modelSource: string | null;
  /** Absolute. New, empty, or a deployment to continue. */
  readonly directory: string;
  readonly target: Loaded<Target>;
  readonly agent: Loaded<Agent>;
  readonly skills: readonly Skill[];
  readonly reviewer: Reviewer;
  readonly seed: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  /** What phase 0 holds the oracle against. */
  readonly reference: ReferenceChoice['kind'];
  /** Where lessons come from and go to. */
  readonly lessonDirectory: string;
  /** What the agent may use. Default: nothing limits it. */
  readonly budget?: Budget;
  /** What follows the phases. Default: the evaluator, and text by what it accepted. */
  readonly afterwards?: 'judge-and-generate' | 'judge' | 'nothing';
}

export interface DeployOutcome {
  readonly directory: string;
  readonly modelDirectory: string;
  /** `accepted` and `not-accepted` are the evaluator's; the others say where the phases ended. */
  readonly status: DeploymentManifest['status'];
  /** Why it stopped, if it did. */
  readonly reason: string | null;
  readonly planDigest: string | null;
  readonly prefillLength: number | null;
  readonly phases: DeploymentManifest['phases'];
  /** What the agent did and used: costs by list price. */
  readonly agentUse: DeploymentAgentUse;
  readonly gates: readonly GateSummary[];
  /** Null where the deployment did not come to be judged. The report with every comparison is in the directory. */
  readonly evaluation: (Omit<EvaluationReport, 'gates'> & { readonly gates: readonly GateSummary[] }) | null;
  /** Null where it was not accepted, or the model has no tokenizer. */
  readonly text: TextBesideOracle | null;
  /** What there is to read, within the directory. */
  readonly files: readonly string[];
}

const TEXT_TOKENS = 32;

/** Phases 0 to 6, then the evaluator in a fresh process, then a little text. Continues what an earlier run left. */
export async function runDeployment(run: DeploymentRun, context: CommandContext): Promise<DeployOutcome> {
  const { surroundings, progress, signal } = context;
  const style = styleFor(surroundings.stderr, surroundings.environment);
  const { directory, modelDirectory, modelSource, target, agent } = run;
  const prompts = await textPrompts(modelDirectory);
  const lengths = {
    ...(run.prefillLength !== undefined && { prefillTokens: run.prefillLength }),
    ...(run.contextLength !== undefined && { contextLength: run.contextLength }),
  };
  const result = await withOracleEngine(surroundings, (oracle) =>
    deployPhases({
      oracle,
      modelDirectory,
      workspace: directory,
      target: target.value,
      targetModule: target.module,
      agent: agent.value,
      agentModule: agent.module,
      skills: run.skills,
      reviewer: run.reviewer,
      seed: run.seed,
      ...(modelSource !== null && { modelSource }),
      tilewrightVersion: packageInfo().version,
      prompts,
      lessons: fileLessonStore(run.lessonDirectory, {
        onUnusable: (file, reason) => progress.line(`a lesson is left out: ${file}: ${reason}`),
      }),
      tapCache: {
        directory: cacheDirectory(surroundings),
        onUnusable: (reason) => progress.line(`the oracle's values are not kept: ${reason}`),
      },
      reference: {
        kind: run.reference,
        open: (model, forSignal) => openInTransformers(surroundings, model, forSignal),
      },
      ...lengths,
      ...(run.budget && { budget: run.budget }),
      // Ranks by what the simulator estimates, which says nothing about another target.
      ...(target.module === DEFAULT_TARGET && {
        searchKernels: (query, forSignal) => searchKernels(query, { ...context, signal: forSignal ?? signal }),
      }),
      signal,
      onEvent: deployProgress(progress, style, `Deploying ${run.model} to ${describeTarget(target.value)}`),
    }),
  );
  const { afterwards = 'judge-and-generate' } = run;
  if (result.status !== 'deployed' || result.plan === null || afterwards === 'nothing')
    return outcome(directory, modelDirectory, result, null, null);

  const evaluation = await evaluateInChild(
    {
      ...{ directory, modelDirectory, target: target.module },
      ...{ prefillLength: run.prefillLength, contextLength: run.contextLength },
    },
    context,
  );
  progress.line(evaluationLine(evaluation, style));
  const text =
    evaluation.verdict === 'pass' && afterwards === 'judge-and-generate'
      ? await textBesideOracle({
          ...{ modelDirectory, plan: result.plan, target: target.value },
          ...{ prompt: DEFAULT_PROMPT, maxTokens: TEXT_TOKENS, signal, progress, surroundings },
        })
      : null;
  return outcome(directory, modelDirectory, result, evaluation, text);
}

function outcome(
  directory: string,
  modelDirectory: string,
  { status, manifest, plan, reports, reason }: DeployResult,
  evaluation: EvaluationReport | null,
  text: TextBesideOracle | null,
): DeployOutcome {
  const judged = evaluation?.verdict === 'pass' ? 'accepted' : 'not-accepted';
  const written = [
    WORKSPACE_FILES.progress,
    WORKSPACE_FILES.planText,
    WORKSPACE_FILES.trajectoryText,
    WORKSPACE_FILES.lessons,
    'gates',
  ];
  return {
    directory,
    modelDirectory,
    status: evaluation === null ? status : judged,
    reason,
    planDigest: manifest.planDigest,
    prefillLength: plan?.prefillLength ?? null,
    phases: manifest.phases,
    agentUse: agentUse(manifest),
    gates: reports.map(summariseGate),
    evaluation: evaluation && { ...evaluation, gates: evaluation.gates.map(summariseGate) },
    text,
    files: evaluation === null ? written : [EVALUATION_FILES.text, ...written],
  };
}

/** A prompt of real text for the gate of the whole model, where the model has a tokenizer. */
async function textPrompts(modelDirectory: string): Promise<{ name: string; tokens: readonly number[] }[]> {
  const model = await openModel(modelDirectory);
  try {
    const tokenizer = await model.tokenizer().catch(() => null);
    return tokenizer === null ? [] : [{ name: 'text', tokens: tokenizer.encode(DEFAULT_PROMPT) }];
  } finally {
    await model.close();
  }
}

function describeTarget({ id, device, timing }: Target): string {
  return `${device.name}, target ${id}${timing === 'estimate' ? ': its times are estimates' : ''}`;
}
