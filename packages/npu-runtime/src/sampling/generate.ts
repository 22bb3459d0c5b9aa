import type { DeployedSequence, Profile, Timing } from '@tilewright/spec';
import { type Sampling, sampleToken } from './sample-token.ts';

export interface GenerateRequest {
  /** At least one token; the sequence must be new. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  /** Generation ends before one of these is delivered. */
  readonly stopTokens?: readonly number[];
  /** Default greedy. */
  readonly sampling?: Sampling;
  readonly signal?: AbortSignal;
}

export interface GeneratedToken {
  readonly token: number;
  /** The time of the call that computed it: prefill and head for the first, decode and head for the others. */
  readonly us: number;
  /** What the time is; `estimate` as soon as a part of it is one. */
  readonly timing: Timing['kind'];
}

/** Prefills the prompt, then decodes, and yields each token as it is chosen. Throws what `forward` throws. */
export async function* generate(
  sequence: DeployedSequence,
  request: GenerateRequest,
): AsyncGenerator<GeneratedToken, void, undefined> {
  const { prompt, maxTokens, stopTokens = [], sampling = { kind: 'greedy' }, signal } = request;
  const cancel = signal === undefined ? {} : { signal };
  let tokens = prompt;
  for (let count = 0; count < maxTokens; count++) {
    const before = totals(sequence.profile);
    const logits = await sequence.forward({ tokens, ...cancel });
    const after = totals(sequence.profile);
    const token = sampleToken(logits.data.subarray(-(logits.shape[1] as number)), sampling);
    if (stopTokens.includes(token)) return;
    yield { token, us: after.us - before.us, timing: after.estimated ? 'estimate' : 'measurement' };
    tokens = [token];
  }
}

function totals(profile: Profile): { readonly us: number; readonly estimated: boolean } {
  return {
    us: profile.entries.reduce((sum, entry) => sum + entry.us, 0),
    estimated: profile.entries.some((entry) => entry.timing === 'estimate'),
  };
}
