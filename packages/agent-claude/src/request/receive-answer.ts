import type { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream';
import type { BetaMessage, BetaUsage } from '@anthropic-ai/sdk/resources/beta/messages/messages';

export type Received = {
  /** What the service said that it counts, also of an answer that broke off; null where it came to nothing. */
  readonly usage: Partial<BetaUsage> | null;
} & ({ readonly kind: 'answer'; readonly message: BetaMessage } | { readonly kind: 'failed'; readonly error: unknown });

/** Reads one answer to its end. */
export async function receiveAnswer(stream: BetaMessageStream): Promise<Received> {
  let usage: Partial<BetaUsage> | null = null;
  stream.on('streamEvent', (_event, { usage: counted }) => {
    usage = { ...counted };
  });
  try {
    const message = await stream.finalMessage();
    return { kind: 'answer', message, usage };
  } catch (error) {
    return { kind: 'failed', error, usage };
  }
}
