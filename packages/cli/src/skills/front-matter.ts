import { isAlias, isCollection, isMap, parseDocument, visit } from 'yaml';

/** A SKILL.md in its two halves. */
export interface SkillDocument {
  /** The fields of its frontmatter as YAML reads them; null where there is none, or none that can be read. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly body: string;
  /** What keeps a strict parser from reading the frontmatter, one sentence each. */
  readonly faults: readonly string[];
}

/**
 * Splits a SKILL.md and reads its frontmatter as strictly as the strictest parser in use (StrictYAML, which the
 * reference validator of agentskills.io takes): no duplicate keys, flow collections, tags, anchors or aliases.
 */
export function parseSkillDocument(text: string): SkillDocument {
  const match = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text);
  if (match === null) {
    return {
      fields: null,
      body: '',
      faults: ['it does not begin with frontmatter between two lines of three hyphens'],
    };
  }
  const [, frontmatter = '', body = ''] = match;
  const document = parseDocument(frontmatter, { strict: true, uniqueKeys: true, schema: 'core' });
  const problems = [...document.errors, ...document.warnings].map(({ message }) => firstLine(message));
  if (problems.length > 0) return { fields: null, body, faults: problems.map((problem) => `no YAML: ${problem}`) };
  if (!isMap(document.contents)) return { fields: null, body, faults: ['the frontmatter is not a list of fields'] };
  const loose = looseNotations(document);
  // The reference validator splits at three hyphens wherever they stand.
  if (frontmatter.includes('---'))
    loose.push('three hyphens within the frontmatter end it for the reference validator');
  return { fields: document.toJS() as Record<string, unknown>, body, faults: loose };
}

/** What YAML allows and StrictYAML refuses. */
function looseNotations(document: ReturnType<typeof parseDocument>): string[] {
  const faults: string[] = [];
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        faults.push(`the alias *${node.source} is not strict YAML`);
        return;
      }
      if (isCollection(node) && node.flow === true) {
        faults.push('a collection in braces or brackets is not strict YAML: write one entry per line');
      }
      if (node.anchor !== undefined) faults.push(`the anchor &${node.anchor} is not strict YAML`);
      if (node.tag !== undefined) faults.push(`the tag ${node.tag} is not strict YAML`);
    },
  });
  return faults;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? text;
}
