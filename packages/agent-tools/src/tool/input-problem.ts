import type { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';

const SHOWN = 6;

/**
 * What does not fit a schema, a line each: the field and what it must be. A field that may take several forms is followed
 * into the form that it comes nearest to, so that the line is about what was meant.
 */
export function inputProblem(error: z.ZodError, root: string): string {
  const lines = error.issues.flatMap((issue) => issueLines(issue, [], root));
  const more = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function issueLines(issue: z.core.$ZodIssue, above: readonly PropertyKey[], root: string): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = [...issue.errors].sort((a, b) => deepest(b) - deepest(a) || a.length - b.length)[0] ?? [];
    return nearest.flatMap((inner) => issueLines(inner, path, root));
  }
  return [`${fieldName(path, root)}: ${cleanName(issue.message, 300)}`];
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}

/** `edits[2].kernel.config`. */
function fieldName(path: readonly PropertyKey[], root: string): string {
  let name = root;
  for (const key of path.slice(0, 20)) {
    if (typeof key === 'number') name += `[${key}]`;
    else name += `${name === '' ? '' : '.'}${cleanName(String(key), 60)}`;
  }
  return name === '' ? 'input' : name;
}
