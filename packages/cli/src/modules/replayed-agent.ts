import { resolve } from 'node:path';
import type { Agent } from '@tilewright/spec';
import type { Loaded } from './load-module.ts';

const PREFIX = 'replay:';

/** The transcript that an agent's name stands for, `replay:FILE`; null where the name is another. */
export function replayedTranscript(name: string): string | null {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}

/** How the agent that decides again what a transcript says is named. */
export function replayName(file: string): string {
  return `${PREFIX}${file}`;
}

/** The agent of `replay:FILE`, the file being looked up from `directory`. Throws `file-missing` and `file-malformed`. */
export async function loadReplayedAgent(file: string, directory: string): Promise<Loaded<Agent>> {
  const { replayAgent } = await import('@tilewright/agent-replay');
  const { readTranscript } = await import('@tilewright/phases');
  const { digest } = await import('@tilewright/gates');
  const path = resolve(directory, file);
  return { value: replayAgent(await readTranscript(path), { digestOf: digest }), module: replayName(path) };
}
