import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { TilewrightError } from '@tilewright/spec';
import { skillDocumentFaults } from './skill-document-faults.ts';

/** Throws `usage` for a name that no skill may have, or that is not that of the folder. */
export function requireSkillName(name: string, folder: string): void {
  const [fault] = skillDocumentFaults(`---\nname: ${name}\ndescription: A skill.\n---\n\nText.\n`, name);
  if (fault === undefined && folder === name) return;
  throw new TilewrightError(
    'usage',
    `A skill cannot be named "${name}": ${fault?.message ?? 'it is no plain name'}.`,
    'Use lower-case words joined by hyphens, such as keep-rope-tables.',
    { field: 'name', got: name },
  );
}

/** Throws `usage` for a directory that is there and not empty. */
export async function requireNewDirectory(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const entries = await readdir(directory).catch(() => [directory]);
  if (entries.length === 0) return;
  throw new TilewrightError(
    'usage',
    `${directory} is there already, and is not an empty directory.`,
    'Choose another name, or remove it.',
    { file: directory },
  );
}
