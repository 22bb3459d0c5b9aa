import {
  type GatePrompt,
  type GoldenVerification,
  type OracleGateRequest,
  oracleGate,
  type ReferenceComparison,
  randomTokens,
} from '@tilewright/gates';
import { hasGolden, type OpenModel, type VerificationResult, verifyAgainstGolden } from '@tilewright/oracle';
import { type GateReport, TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { PhaseContext } from './phase-context.ts';
import type { OpenReference, ReferenceChoice } from './reference-choice.ts';

/** Tokens of the prompt that is drawn for the other implementation, and greedy ones after each prompt. */
const PROMPT_TOKENS = 32;
const GREEDY_TOKENS = 8;
const AUTO_LIMIT_MS = 5 * 60_000;
/** With `auto`, the share of the memory that is free that FP32 weights may take. */
const AUTO_MEMORY_SHARE = 0.6;

/**
 * Phase 0: the oracle, held against another implementation of the model and against the golden file beside it, as far as
 * they are there and were asked for. With `auto`, what cannot be had is said in the summary; what was asked for by name and
 * is not there is thrown: `dependency-missing`, `dependency-failed`, `file-missing`.
 */
export async function buildOracle(context: PhaseContext): Promise<GateReport> {
  const { model, subjects, reference, seed, onProgress, signal } = context;
  const common = { subjects, onProgress, seeds: [seed] };
  const golden = await goldenVerification(context);
  const notes = model.oracle.engine === undefined ? [] : [`the oracle computed with ${model.oracle.engine}`];
  const open = await opener(reference, model, notes);
  if (open === null) return oracleGate({ ...common, golden, comparison: null, notes });

  const limitMs = reference.limitMs ?? AUTO_LIMIT_MS;
  const limit = reference.kind === 'auto' ? AbortSignal.timeout(limitMs) : null;
  const signals = [signal, limit].filter((one) => one !== undefined && one !== null);
  try {
    return await besideReference({ ...common, golden, notes }, open, context, AbortSignal.any(signals));
  } catch (error) {
    throwIfAborted(signal);
    if (reference.kind !== 'auto') throw error;
    if (limit?.aborted === true) notes.push(`transformers was stopped after ${limitMs / 1000} s`);
    else if (isAboutDependency(error)) notes.push(`without transformers: ${error.message.replace(/\.$/, '')}`);
    else throw error;
    return oracleGate({ ...common, golden, comparison: null, notes });
  }
}

async function besideReference(
  request: Omit<OracleGateRequest, 'comparison'>,
  open: OpenReference,
  context: PhaseContext,
  signal: AbortSignal,
): Promise<GateReport> {
  const { model } = context;
  context.onProgress({ gate: 'oracle', subject: 'opening the model in transformers', made: 0, planned: 1 });
  throwIfAborted(signal);
  const other = await open(model, signal);
  try {
    const comparison: ReferenceComparison = {
      ...{ oracle: model.oracle, reference: other, prompts: referencePrompts(context) },
      ...{ greedyTokens: GREEDY_TOKENS, scope: 'kernels', signal },
    };
    return await oracleGate({ ...request, comparison });
  } finally {
    await other.close();
  }
}

/** How to open the other implementation; null where it is not to be used, with a note why if it was not asked for by name. */
async function opener(choice: ReferenceChoice, model: OpenModel, notes: string[]): Promise<OpenReference | null> {
  if (choice.kind !== 'auto' && choice.kind !== 'transformers') return null;
  if (choice.kind === 'transformers') {
    if (choice.open !== undefined) return choice.open;
    const remedy = 'Give `open`, or choose another reference.';
    throw new TilewrightError('usage', 'There is no way to open the model in transformers.', remedy);
  }
  if (choice.open === undefined) return null;
  const bytes = 4 * model.weights.list().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (bytes <= AUTO_MEMORY_SHARE * process.availableMemory()) return choice.open;
  notes.push(`without transformers, where the model would take ${(bytes / 1e9).toFixed(1)} GB`);
  return null;
}

/** One prompt of random tokens, and the texts that the other gates use. */
function referencePrompts({ model, seed, contextLength, prompts }: PhaseContext): GatePrompt[] {
  const room = Math.min(contextLength, model.spec.maxPositions) - GREEDY_TOKENS;
  const drawn = randomTokens(model.spec, Math.max(1, Math.min(PROMPT_TOKENS, room)), seed);
  return [{ name: `seed ${seed}`, tokens: drawn }, ...prompts.filter(({ tokens }) => tokens.length <= room)];
}

async function goldenVerification({
  model,
  oracle,
  reference,
  onProgress,
  signal,
}: PhaseContext): Promise<GoldenVerification | null> {
  if (reference.kind !== 'auto' && reference.kind !== 'golden') return null;
  if (reference.kind === 'auto' && !(await hasGolden(model.directory))) return null;
  const result = await verifyAgainstGolden(model.directory, {
    ...oracle,
    onProgress: ({ case: name, done, total }) =>
      onProgress({ gate: 'oracle', subject: `golden case ${name}`, made: done, planned: total }),
    ...(signal && { signal }),
  });
  return summary(result);
}

function isAboutDependency(error: unknown): error is TilewrightError {
  return (
    TilewrightError.isInstance(error) && (error.code === 'dependency-missing' || error.code === 'dependency-failed')
  );
}

function summary({ compared, maxAbsoluteError, firstDifference, madeBy }: VerificationResult): GoldenVerification {
  const failure = firstDifference && {
    subject: 'tap' in firstDifference ? `${firstDifference.case} ${firstDifference.tap}` : firstDifference.kind,
    message: firstDifference.message,
  };
  return {
    madeBy,
    compared: compared.taps + compared.greedyTokens + compared.tokenizerCases + compared.digests,
    comparedElements: compared.elements,
    maxAbsoluteError,
    failure,
  };
}
