import type { Output, Surroundings } from './surroundings.ts';

/** Emphasis on a terminal; the identity elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  caution(text: string): string;
}

/** Colours only on a terminal, and not where NO_COLOR asks for none (no-color.org). */
export function styleFor(output: Output, environment: Surroundings['environment']): Style {
  const refused = Boolean(environment.NO_COLOR) || environment.TERM === 'dumb';
  if (output.isTTY !== true || refused) return PLAIN;
  const wrap = (open: number, close: number) => (text: string) => `\x1b[${open}m${text}\x1b[${close}m`;
  return { bold: wrap(1, 22), dim: wrap(2, 22), good: wrap(32, 39), bad: wrap(31, 39), caution: wrap(33, 39) };
}

const same = (text: string): string => text;

/** No emphasis: for files, pipes and tests. */
export const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, caution: same };
