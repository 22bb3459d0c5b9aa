import { createHash } from 'node:crypto';
import { blocksOf, type WireMessage } from './messages-request.ts';

/** What binds thoughts to the conversation that they were thought in: a digest of the messages before them. */
export function thinkingSignature(before: readonly WireMessage[]): string {
  const plain = before.map((message) => ({
    role: message.role,
    content: blocksOf(message).map(({ cache_control: _, ...block }) => block),
  }));
  return createHash('sha256').update(JSON.stringify(plain)).digest('base64url');
}

/** Where thoughts come back in another conversation than their own, the service refuses; null where all fit. */
export function thinkingFault(messages: readonly WireMessage[]): string | null {
  for (const [index, message] of messages.entries()) {
    const thoughts = message.role === 'assistant' ? blocksOf(message).filter(({ type }) => type === 'thinking') : [];
    const signature = thoughts.length > 0 ? thinkingSignature(messages.slice(0, index)) : '';
    if (thoughts.some((block) => block.signature !== signature))
      return `messages.${index}.content: \`thinking\` blocks cannot be modified, nor the messages before them`;
  }
  return null;
}
