import type { Skill, SkillText } from '@tilewright/spec';
import { frozenCopy } from '../loop/frozen-copy.ts';

/** What agents may read of skills: names and descriptions at once, the text when they ask for it. */
export function skillTexts(skills: readonly Skill[]): readonly SkillText[] {
  return skills.map(({ id, kind, doc }) => frozenCopy({ id, kind, description: describe(doc), doc: String(doc) }));
}

/**
 * The `description` of a SKILL.md's front matter, on one line; empty where it has none. Reads what a SKILL.md may say (plain,
 * quoted or folded text, on as many indented lines as there are) and is no parser of YAML.
 */
function describe(doc: string): string {
  const [, frontMatter = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(String(doc)) ?? [];
  const lines = frontMatter.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith('description:'));
  if (at < 0) return '';
  const after = lines.slice(at + 1);
  const next = after.findIndex((line) => /^\S/.test(line));
  const first = (lines[at] as string).slice('description:'.length).trim();
  const continued = after.slice(0, next < 0 ? undefined : next);
  const text = [/^[>|][+-]?$/.test(first) ? '' : first, ...continued].join(' ').replaceAll(/\s+/g, ' ').trim();
  return unquoted(text);
}

function unquoted(text: string): string {
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^".*"$/.test(text)) return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  return text;
}
