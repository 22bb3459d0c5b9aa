import { createHash } from 'node:crypto';
import { blocksOf, type MessagesRequest, type WireBlock } from './messages-request.ts';

/** Tokens of one request, split as the service bills them. */
export interface PromptTokens {
  readonly input: number;
  readonly cacheWrite: number;
  readonly cacheRead: number;
}

/** How far before a marker the service looks for what it has kept. */
const LOOK_BACK_BLOCKS = 20;
const CHARACTERS_PER_TOKEN = 4;

/**
 * A prompt cache as the service has one: the prefix up to each block with `cache_control` is kept, and a later request
 * that begins with the same blocks reads it. It is kept for as long as the server runs.
 */
export function promptCache(): (request: MessagesRequest) => PromptTokens {
  const kept = new Set<string>();
  return (request) => {
    const blocks = promptBlocks(request);
    const hashes: string[] = [];
    const tokens: number[] = [0];
    const hash = createHash('sha256').update(request.model);
    for (const { text } of blocks) {
      hashes.push(hash.update(text).copy().digest('hex'));
      tokens.push((tokens.at(-1) as number) + countTokens(text));
    }
    const markers = blocks.flatMap(({ isMarked }, index) => (isMarked ? [index] : []));
    let read = 0;
    for (const marker of markers) {
      for (let index = marker; index >= Math.max(0, marker - LOOK_BACK_BLOCKS); index--) {
        if (kept.has(hashes[index] as string)) {
          read = Math.max(read, index + 1);
          break;
        }
      }
    }
    for (const marker of markers) kept.add(hashes[marker] as string);
    const written = Math.max(read, (markers.at(-1) ?? -1) + 1);
    const at = (count: number): number => tokens[count] as number;
    return { input: at(blocks.length) - at(written), cacheWrite: at(written) - at(read), cacheRead: at(read) };
  };
}

/** A rough count: this server has no tokenizer. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Every token of a request. */
export function promptTokens(request: MessagesRequest): number {
  return promptBlocks(request).reduce((total, { text }) => total + countTokens(text), 0);
}

function promptBlocks(request: MessagesRequest): { readonly text: string; readonly isMarked: boolean }[] {
  const system = typeof request.system === 'string' ? [{ type: 'text', text: request.system }] : request.system;
  const blocks = [
    ...(request.tools ?? []),
    ...(system ?? []),
    ...request.messages.flatMap((message) =>
      blocksOf(message).map((block): WireBlock => ({ ...block, type: `${message.role}:${block.type}` })),
    ),
  ].map((block) => {
    const { cache_control: marker, ...rest } = block as WireBlock;
    return { text: JSON.stringify(rest), isMarked: marker !== undefined && marker !== null };
  });
  const last = blocks.at(-1);
  if (request.cache_control && last) blocks.splice(-1, 1, { ...last, isMarked: true });
  return blocks;
}
