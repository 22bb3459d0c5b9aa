import { type OracleSequence, type Tensor, TilewrightError } from '@tilewright/spec';
import { argmax, continueGreedily } from '../forward/greedy.ts';
import type { OpenModel } from '../open-model.ts';
import type { SafetensorsFile } from '../weights/safetensors-file.ts';
import { compareTap } from './compare-tap.ts';
import type { GoldenCase } from './golden-file.ts';
import type { CaseResult, TapResult, Tolerance, VerificationFailure } from './verification-result.ts';

export interface CaseRequest {
  readonly golden: GoldenCase;
  /** Taps of this case that the golden has, without the name of the case. All are known to the model. */
  readonly taps: ReadonlySet<string>;
  readonly file: SafetensorsFile;
  readonly tolerance: Tolerance;
  readonly signal?: AbortSignal;
  readonly onStep: () => void;
}

/** One prefill of the prompt with every tap compared, then the greedy continuation through the KV cache. */
export async function verifyCase(
  model: OpenModel,
  request: CaseRequest,
): Promise<{ readonly result: CaseResult; readonly failures: readonly VerificationFailure[] }> {
  const { golden, taps, tolerance, signal, onStep } = request;
  const results: TapResult[] = [];
  const failures: VerificationFailure[] = [];
  const sequence = model.oracle.start();
  const logits = await sequence.forward({
    tokens: golden.tokens,
    taps,
    logits: 'all',
    ...(signal && { signal }),
    onTap: async ({ name, value }) => {
      const expected = await readGolden(request, name);
      const { result, failure } = compareTap({ case: golden.name, tap: name }, value, expected, tolerance);
      results.push(result);
      if (failure) failures.push(failure);
    },
  });
  onStep();
  for (const tap of taps) {
    if (results.some((compared) => compared.tap === tap)) continue;
    const message = `${golden.name}.${tap} is in the golden, and the forward pass did not deliver it.`;
    failures.push({ kind: 'tap-unknown', case: golden.name, tap, message });
  }
  const continuation = await verifyGreedy(sequence, logits, request);
  if (continuation.failure) failures.push(continuation.failure);
  const greedy = { expected: golden.greedy.length, identical: continuation.identical };
  return { result: { name: golden.name, tokens: golden.tokens.length, taps: results, greedy }, failures };
}

async function readGolden({ golden, file, signal }: CaseRequest, tap: string): Promise<Tensor> {
  const stored = file.tensors.get(`${golden.name}.${tap}`);
  if (stored === undefined) {
    throw new TilewrightError('internal', `The golden has no tap ${tap}.`, 'Report this as a bug.', {
      file: file.file,
    });
  }
  const elements = stored.shape.reduce((product, extent) => product * extent, 1);
  return { shape: stored.shape, data: await file.read(stored, 0, elements, signal) };
}

async function verifyGreedy(
  sequence: OracleSequence,
  logits: Tensor,
  { golden, signal, onStep }: CaseRequest,
): Promise<{ readonly identical: number; readonly failure: VerificationFailure | null }> {
  if (golden.greedy.length === 0) return { identical: 0, failure: null };
  const vocabulary = logits.shape[1];
  const first = argmax(logits.data.subarray(-vocabulary));
  const ours = await continueGreedily(sequence, first, golden.greedy.length, {
    ...(signal && { signal }),
    onToken: onStep,
  });
  const step = ours.findIndex((token, i) => token !== golden.greedy[i]);
  if (step < 0) return { identical: ours.length, failure: null };
  const message = `${golden.name}: greedy token ${step} is ${ours[step]}, and in the golden ${golden.greedy[step]}.`;
  return {
    identical: step,
    failure: {
      kind: 'greedy-differs',
      case: golden.name,
      step,
      ours: ours[step],
      golden: golden.greedy[step],
      message,
    },
  };
}
