import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { type CodeLint, lintCode } from './lint-code.ts';
import { skillPackage } from './module-entry.ts';
import { type SkillDocumentFault, skillDocumentFaults } from './skill-document-faults.ts';

export interface LintResult {
  readonly directory: string;
  readonly valid: boolean;
  /** Rules of the SKILL.md that do not hold. */
  readonly document: readonly SkillDocumentFault[];
  /** The code half; null where the directory has no package.json, and so is a document alone. */
  readonly code: CodeLint | null;
}

/** Holds a skill's SKILL.md against both published rule sets, and its code against the conformance suite. */
export async function lintSkill(name: string, context: CommandContext): Promise<LintResult> {
  const directory = resolve(context.surroundings.cwd, name);
  const text = await documentOf(directory);
  const document = skillDocumentFaults(text, basename(directory));
  const found = skillPackage(directory);
  const code = found === null ? null : await lintCode(found, text, context);
  const valid = document.length === 0 && (code === null || code.faults.length === 0);
  return { directory, valid, document, code };
}

async function documentOf(directory: string): Promise<string> {
  const entry = await stat(directory).catch(() => null);
  if (entry === null || !entry.isDirectory()) {
    throw new TilewrightError(
      'file-missing',
      `${directory} is no directory.`,
      'Name the directory that holds the SKILL.md.',
      { file: directory },
    );
  }
  const file = join(directory, 'SKILL.md');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TilewrightError(
      'file-missing',
      `${file} cannot be read: ${(error as Error).message}.`,
      'A skill is a directory with a SKILL.md; `tilewright skills new` makes one.',
      { file },
      { cause: error },
    );
  }
}
