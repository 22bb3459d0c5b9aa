import { resolve } from 'node:path';
import { openModel } from '@tilewright/oracle';
import {
  type DeployResult,
  deploy as deployPhases,
  EVALUATION_FILES,
  fileLessonStore,
  type ReferenceChoice,
  WORKSPACE_FILES,
} from '@tilewright/phases';
import type { DeploymentManifest, EvaluationReport, Target } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { chosenAgent, chosenSkills, chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';
import { evaluateInChild } from '../evaluation/evaluate-in-child.ts';
import { type TextBesideOracle, textBesideOracle } from '../generation/text-beside-oracle.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import { packageInfo } from '../package-info.ts';
import { deployProgress, evaluationLine } from '../progress/deploy-progress.ts';
import { reviewerFor } from '../review/reviewer.ts';
import { styleFor } from '../terminal/style.ts';
import { cacheDirectory } from '../workspace/cache-directory.ts';
import { type GateSummary, summariseGate } from '../workspace/gate-summary.ts';
import { lessonDirectory } from '../workspace/lesson-directory.ts';
import { openInTransformers } from './open-reference.ts';
import { DEFAULT_PROMPT } from './prompt-tokens.ts';

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
  readonly skills: readonly string[];
  readonly seed: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  /** What phase 0 holds the oracle against. Default `auto`. */
  readonly reference?: ReferenceChoice['kind'];
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
export async function deploy(request: DeployRequest, context: CommandContext): Promise<DeployOutcome> {
  const { surroundings, progress, signal } = context;
  const { cwd } = surroundings;
  const style = styleFor(surroundings.stderr, surroundings.environment);
  const directory = resolve(cwd, request.out);
  const { path: modelDirectory, source } = await resolveModel(request.model, context);
  const config = await loadConfig(cwd);
  const target = await chosenTarget(request.target, config);
  const agent = await chosenAgent(request.agent, config);
  const skills = await chosenSkills(request.skills, config);

  const prompts = await textPrompts(modelDirectory);
  const result = await withOracleEngine(surroundings, (oracle) =>
    deployPhases({
      oracle,
      modelDirectory,
      workspace: directory,
      target: target.value,
      targetModule: target.module,
      agent: agent.value,
      agentModule: agent.module,
      skills: skills.map(({ value }) => value),
      reviewer: reviewerFor(request.yes, request.interactive, context),
      seed: request.seed,
      ...(source !== null && { modelSource: source }),
      tilewrightVersion: packageInfo().version,
      prompts,
      lessons: fileLessonStore(lessonDirectory(surroundings), {
        onUnusable: (file, reason) => progress.line(`a lesson is left out: ${file}: ${reason}`),
      }),
      tapCache: {
        directory: cacheDirectory(surroundings),
        onUnusable: (reason) => progress.line(`the oracle's values are not kept: ${reason}`),
      },
      reference: {
        kind: request.reference ?? 'auto',
        open: (model, forSignal) => openInTransformers(surroundings, model, forSignal),
      },
      ...(request.prefillLength !== undefined && { prefillTokens: request.prefillLength }),
      ...(request.contextLength !== undefined && { contextLength: request.contextLength }),
      signal,
      onEvent: deployProgress(progress, style, `Deploying ${request.model} to ${describeTarget(target.value)}`),
    }),
  );
  if (result.status !== 'deployed' || result.plan === null)
    return outcome(directory, modelDirectory, result, null, null);

  const evaluation = await evaluateInChild(
    {
      ...{ directory, modelDirectory, target: target.module },
      ...{ prefillLength: request.prefillLength, contextLength: request.contextLength },
    },
    context,
  );
  progress.line(evaluationLine(evaluation, style));
  const text =
    evaluation.verdict === 'pass'
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
