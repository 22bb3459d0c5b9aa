import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { toJson } from './terminal/json.ts';
import { type Style, styleFor } from './terminal/style.ts';
import type { Surroundings } from './terminal/surroundings.ts';

/** What a command found: data for `--json`, the same as lines for people, and what its exit status says. */
export interface Outcome {
  readonly result: unknown;
  readonly text: (style: Style) => readonly string[];
  readonly exitStatus: ExitStatus;
}

export function done(result: unknown, text: Outcome['text']): Outcome {
  return { result, text, exitStatus: EXIT_STATUS.done };
}

/** Writes an outcome to stdout: one JSON document, or text. */
export function writeOutcome(outcome: Outcome, json: boolean, { stdout, environment }: Surroundings): void {
  const content = json ? toJson(outcome.result) : outcome.text(styleFor(stdout, environment)).join('\n');
  if (content !== '') stdout.write(`${content}\n`);
}
