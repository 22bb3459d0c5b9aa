// Writes each skill's SKILL.md into a `skill-doc.ts` beside it, so that `doc` is there in the sources, in dist and in a
// bundle alike, without reading files at run time. Run it after editing a SKILL.md; a test in each package compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const name of ['skills-opt', 'skills-debug']) {
  const source = join(root, 'packages', name, 'src');
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(source, entry.name);
    if (!readdirSync(folder).includes('SKILL.md')) continue;
    const text = readFileSync(join(folder, 'SKILL.md'), 'utf8');
    const lines = text
      .split('\n')
      .map((line) => line.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${'));
    writeFileSync(
      join(folder, 'skill-doc.ts'),
      `// Made from SKILL.md by npm run embed-skill-documents.\nexport const SKILL_DOC: string = \`${lines.join('\n')}\`;\n`,
    );
  }
}
