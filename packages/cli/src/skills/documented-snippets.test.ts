import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../__fixtures__/repository.ts';
import { scaffoldFiles } from './scaffold-files.ts';

const DOCS = join(REPOSITORY, 'docs');
const pages = [
  join(REPOSITORY, 'CONTRIBUTING.md'),
  join(DOCS, 'agents.md'),
  join(DOCS, 'skills.md'),
  ...(await readdir(join(DOCS, 'contracts'))).map((name) => join(DOCS, 'contracts', name)),
];

interface Snippet {
  readonly source: string;
  /** What stands between lines of `// …`. */
  readonly parts: readonly string[];
}

/** Blocks below a comment that says where they are from. */
function snippets(text: string): Snippet[] {
  return [...text.matchAll(/<!-- from (.+) -->\n```[a-z]+\n([\s\S]*?)```/g)].map((match) => ({
    source: match[1] as string,
    parts: (match[2] as string).split(/^\s*\/\/ …\n/m),
  }));
}

async function sourceText(source: string): Promise<string> {
  const scaffold = /^skills new: (.+)$/.exec(source)?.[1];
  if (scaffold !== undefined) return scaffoldFiles('keep-weights', '^0.1.0')[scaffold] ?? '';
  return readFile(join(REPOSITORY, source), 'utf8');
}

describe.each(pages.map((page) => [page.slice(REPOSITORY.length), page] as const))('%s', async (_name, page) => {
  const text = await readFile(page, 'utf8');

  it('quotes its files as they are', async () => {
    for (const { source, parts } of snippets(text)) {
      const file = await sourceText(source);
      for (const part of parts) expect(file.includes(part), `${source} has no longer:\n${part}`).toBe(true);
    }
    expect(text.split('<!-- from ').length - 1).toBe(snippets(text).length);
  });

  it('links to files that exist', async () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string);
    const missing = links.filter((one) => !one.startsWith('http') && !existsSync(join(dirname(page), one)));
    expect(missing).toEqual([]);
  });
});
