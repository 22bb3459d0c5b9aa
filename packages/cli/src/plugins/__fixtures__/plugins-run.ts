import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CapturedRun, captured } from '../../__fixtures__/captured-run.ts';

/** Runs `tilewright plugins --out out … --json` in a directory. */
export function pluginsRun(cwd: string, ...args: readonly string[]): Promise<CapturedRun> {
  return captured(['plugins', '--out', 'out', ...args, '--json'], { cwd });
}

/** Every file below a directory with its text, by its path within; empty if there is no directory. */
export async function filesBelow(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const read = files.map(async (file) => [relative(directory, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A module with a skill that finds nothing, and this document. Returns the name by which `--skill` takes it. */
export async function skillModule(directory: string, file: string, id: string, doc: unknown): Promise<string> {
  const skill = `{ specificationVersion: 'v1', kind: 'debug', id: ${JSON.stringify(id)}, doc: ${JSON.stringify(doc)}, match: () => [], diagnose: () => {} }`;
  await writeFile(join(directory, file), `export default ${skill};\n`);
  return `./${file}`;
}

export function skillDocument(name: string, frontmatter = 'description: Says a thing. Use when a thing is to be said.'): string {
  return `---\nname: ${name}\n${frontmatter}\n---\n\n# A thing\n\nSay it.\n`;
}
