import { join } from 'node:path';
import { digest, modelDigest, POLICY, policyDigest } from '@tilewright/gates';
import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { absoluteModel, type OpenModel, openModel } from '@tilewright/oracle';
import {
  type Budget,
  type DeploymentManifest,
  type LessonOrigin,
  type Plan,
  TilewrightError,
  type TranscriptEntry,
  throwIfAborted,
} from '@tilewright/spec';
import { budgetSchema } from '@tilewright/spec/schemas';
import { skillTexts } from '../instruments/skill-texts.ts';
import type { PhaseContext } from '../phase/phase-context.ts';
import { PHASES, SMALLEST_CONTEXT } from '../phase/phase-definition.ts';
import { Transcript } from '../transcript/transcript.ts';
import { lineAppender } from '../workspace/append-line.ts';
import { claimDirectory } from '../workspace/claim-directory.ts';
import { Journal } from '../workspace/journal.ts';
import { WORKSPACE_FILES } from '../workspace/workspace-files.ts';
import { atomicWriter, removeTemporaries } from '../workspace/write-atomic.ts';
import type { DeployRequest, DeployResult } from './deploy-request.ts';
import { type Digests, holds } from './holds.ts';
import { restoreAgentRecords } from './phase-session.ts';
import { type PhaseEnd, runPhase } from './run-phase.ts';
import { Workbench } from './workbench.ts';

/** Lengths where none are asked for and the model has as many. */
export const DEFAULT_PREFILL_TOKENS = 128;
export const DEFAULT_CONTEXT_LENGTH = 512;
/** A plan that is changed in one phase goes through those before it again; this ends what would go on for ever. */
const MAX_PHASE_RUNS = 40;

/**
 * Takes a model through phases 0 to 6 on a target. What an earlier run in the same workspace has passed
 * and what still holds (same model, plan, policy and target) is not run again. Bad input is refused before
 * anything is written: throws `workspace-invalid`, `usage` and whatever opening a model and planning it throw;
 * later `file-unwritable`, `aborted`, and what target, agent and reviewer throw.
 */
export async function deploy(request: DeployRequest): Promise<DeployResult> {
  const { signal, target } = request;
  throwIfAborted(signal);
  requireSeed(request.seed);
  requireBudget(request.budget);
  const model = await openModel(request.modelDirectory, {
    ...request.oracle,
    ...(request.tapCache && { tapCache: request.tapCache }),
  });
  const workbench = new Workbench(target, model.weights, {
    ...(request.clock && { clock: request.clock }),
    ...(signal && { signal }),
  });
  try {
    const lengths = planLengths(request, model);
    const digests = {
      model: modelDigest(model.spec, await model.digest(signal)),
      policy: policyDigest(POLICY),
      target: target.id,
    };
    const found = await claimDirectory(request.workspace, digests.model);
    const firstPlan = naivePlan(model.spec, target.device, lengths);
    lowerPlan(firstPlan, target.device);
    const file = join(request.workspace, WORKSPACE_FILES.transcript);
    const transcript = await Transcript.open(file, request.append ?? lineAppender());
    if (found === null) await readEveryWeight(model, signal);

    await removeTemporaries(request.workspace);
    const write = request.write ?? atomicWriter();
    const manifest = found ? continued(found, request, digests) : newManifest(request, digests);
    const journal = await Journal.open(request.workspace, write, manifest);
    restoreAgentRecords(journal, transcript);
    await journal.saveStatus('running', null);
    if (journal.baseline === null || !fits(journal.baseline, firstPlan)) await journal.saveBaseline(firstPlan);
    await journal.repairPlan();
    // Kept in the workspace: an agent that goes on after an interruption goes on with what it knew.
    if (journal.given === null) await journal.saveGiven((await request.lessons?.list()) ?? []);
    await transcript.add(opened(request, digests, lengths));
    const context = { model, lengths, workbench, journal, transcript, digests };
    return await runPhases(request, context);
  } finally {
    await workbench.close();
    await model.close();
  }
}

interface Run {
  readonly model: OpenModel;
  readonly lengths: PlanLengths;
  readonly workbench: Workbench;
  readonly journal: Journal;
  readonly transcript: Transcript;
  readonly digests: Digests;
}

/** Runs the first phase that does not hold, until all do or one ends otherwise. */
async function runPhases(
  request: DeployRequest,
  { model, lengths, workbench, journal, transcript, digests }: Run,
): Promise<DeployResult> {
  const kept = new Set<number>();
  const phases = PHASES.filter(({ phase }) => phase <= (request.lastPhase ?? Number.POSITIVE_INFINITY));
  const skills = skillTexts(request.skills);
  const origin: LessonOrigin = {
    target: digests.target,
    modelFamily: model.spec.family,
    modelDigest: digests.model,
    ...lengths,
  };
  for (let runs = 0; runs < MAX_PHASE_RUNS; runs++) {
    throwIfAborted(request.signal);
    const phase = phases.find((candidate) => !holds(journal, candidate, digests));
    for (const { phase: number, title } of phases) {
      const report = journal.report(number);
      if (number >= (phase?.phase ?? Number.POSITIVE_INFINITY) || kept.has(number) || report === null) continue;
      kept.add(number);
      if (runs === 0) request.onEvent?.({ kind: 'phase-kept', phase: number, title, report });
    }
    if (phase === undefined) {
      await journal.saveStatus('deployed', null);
      return result(journal, null);
    }
    kept.add(phase.phase);
    const context: Omit<PhaseContext, 'onProgress' | 'onStep' | 'subjects'> = {
      ...(request.oracle && { oracle: request.oracle }),
      model,
      seed: request.seed,
      ...lengths,
      prefillTokens: lengths.prefillLength,
      prompts: request.prompts ?? [],
      reference: request.reference ?? { kind: 'auto' },
      ...(request.signal && { signal: request.signal }),
    };
    const end: PhaseEnd = await runPhase({
      ...{ phase, request, context, workbench, journal, transcript, digests, origin, skills },
    });
    if (end.status === 'passed') continue;
    await journal.saveStatus(end.status, end.reason);
    return result(journal, end.reason);
  }
  const reason = `No plan passed all phases in ${MAX_PHASE_RUNS} runs.`;
  await journal.saveStatus('failed', reason);
  return result(journal, reason);
}

function result(journal: Journal, reason: string | null): DeployResult {
  const { manifest, plan } = journal;
  const reports = manifest.phases.flatMap(({ phase }) => journal.report(phase) ?? []);
  return { status: manifest.status, manifest, plan, reports, reason };
}

interface PlanLengths {
  readonly prefillLength: number;
  readonly contextLength: number;
}

function planLengths(request: DeployRequest, model: OpenModel): PlanLengths {
  const { maxPositions } = model.spec;
  const contextLength = request.contextLength ?? Math.min(DEFAULT_CONTEXT_LENGTH, maxPositions);
  const prefillLength = request.prefillTokens ?? Math.min(DEFAULT_PREFILL_TOKENS, contextLength);
  if (contextLength >= SMALLEST_CONTEXT && contextLength <= maxPositions && prefillLength <= contextLength) {
    return { prefillLength, contextLength };
  }
  throw new TilewrightError(
    'usage',
    `A prefill of ${prefillLength} tokens in a context of ${contextLength} cannot be deployed and validated.`,
    `Choose a context from ${SMALLEST_CONTEXT} to ${maxPositions} tokens, and a prefill that fits into it.`,
    { field: 'contextLength', expected: `${SMALLEST_CONTEXT} to ${maxPositions}`, got: contextLength },
  );
}

function requireSeed(seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return;
  throw new TilewrightError('usage', `${seed} is not a seed.`, 'Use a whole number from 0 to 4294967295.', {
    field: 'seed',
    got: seed,
  });
}

function requireBudget(budget: Budget | undefined): void {
  const parsed = budgetSchema.safeParse(budget ?? {});
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const field = ['budget', ...(issue?.path ?? [])].join('.');
  throw new TilewrightError(
    'usage',
    `${field} is not a limit: ${issue?.message}.`,
    'A budget has phase and total, each with tokens, costUsd, attempts and wallMs: numbers from 0 on, whole where they count.',
    { field },
  );
}

function opened(request: DeployRequest, { model, target }: Digests, lengths: PlanLengths): TranscriptEntry {
  return {
    ...{ kind: 'opened', specificationVersion: 'v1', tilewrightVersion: request.tilewrightVersion ?? 'unknown' },
    ...{ agent: request.agent.id, target, modelDigest: model, ...lengths, seed: request.seed },
    recordedAt: new Date().toISOString(),
  };
}

/** Reads all weights once: values that are not finite are bad input, and are to be found before the first write. */
async function readEveryWeight({ weights }: OpenModel, signal: AbortSignal | undefined): Promise<void> {
  for (const { name } of weights.list()) {
    throwIfAborted(signal);
    await weights.read(name, signal);
  }
}

/** Whether a stored plan can be continued with: same model and device, and lengths that were asked for. */
function fits(stored: Plan, first: Plan): boolean {
  return (
    digest(stored.model) === digest(first.model) &&
    stored.device === first.device &&
    stored.prefillLength === first.prefillLength &&
    stored.contextLength === first.contextLength
  );
}

function newManifest(request: DeployRequest, digests: Digests): DeploymentManifest {
  const now = new Date().toISOString();
  return {
    specificationVersion: 'v1',
    createdAt: now,
    updatedAt: now,
    tilewrightVersion: request.tilewrightVersion ?? 'unknown',
    ...identity(request, digests, request.modelSource),
    planDigest: null,
    status: 'running',
    phases: PHASES.map(({ phase, title }) => ({ phase, title, status: 'pending', report: null, elapsedMs: 0 })),
  };
}

function continued(found: DeploymentManifest, request: DeployRequest, digests: Digests): DeploymentManifest {
  const version = request.tilewrightVersion ?? found.tilewrightVersion;
  const phases = PHASES.map(
    ({ phase, title }) =>
      found.phases.find((record) => record.phase === phase) ??
      ({ phase, title, status: 'pending', report: null, elapsedMs: 0 } as const),
  );
  const { budget: _, ...kept } = found;
  return {
    ...kept,
    ...identity(request, digests, request.modelSource ?? found.model.source),
    tilewrightVersion: version,
    phases,
  };
}

function identity(
  request: DeployRequest,
  digests: Digests,
  source: string | undefined,
): Pick<DeploymentManifest, 'model' | 'target' | 'agent' | 'budget' | 'policyDigest' | 'seed'> {
  const { target, agent, budget, seed } = request;
  return {
    model: {
      directory: absoluteModel(request.modelDirectory, '.'),
      digest: digests.model,
      ...(source !== undefined && { source }),
    },
    target: { id: target.id, module: request.targetModule ?? target.id },
    agent: { id: agent.id, module: request.agentModule ?? agent.id },
    ...(budget !== undefined && { budget }),
    policyDigest: digests.policy,
    seed,
  };
}
