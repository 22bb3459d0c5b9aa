import { isMap, isScalar, parseDocument, Scalar } from 'yaml';

/** Fields that every host wants as text. */
const TEXTS: readonly string[] = ['name', 'description', 'license'];

/**
 * A SKILL.md as the strictest of the hosts takes it; the very text where nothing has to change.
 *
 * - `compatibility` is a field of the Agent Skills format and none of the validator that Codex brings along, which
 *   knows `metadata`: it moves there.
 * - A name such as `on` or `2026-01-01` is text in YAML 1.2 and something else in YAML 1.1, which PyYAML reads: it is
 *   quoted.
 *
 * A document whose frontmatter cannot be read comes back as it is; `skillDocumentFaults` says what is wrong with it.
 */
export function portableDocument(text: string): string {
  const [whole, open, frontmatter, close] = /^(---\r?\n)([\s\S]*?)(\r?\n---[ \t]*(?:\r?\n|$))/.exec(text) ?? [];
  if (whole === undefined || open === undefined || frontmatter === undefined || close === undefined) return text;
  const document = parseDocument(frontmatter, { strict: true, uniqueKeys: true, schema: 'core' });
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  const older = parseDocument(frontmatter, { version: '1.1', logLevel: 'silent' });
  const ambiguous = TEXTS.map((field) => document.get(field, true)).filter(
    (node, index): node is Scalar<string> =>
      isScalar(node) && typeof node.value === 'string' && typeof older.get(TEXTS[index] as string) !== 'string',
  );
  const compatibility = document.get('compatibility');
  if (ambiguous.length === 0 && compatibility === undefined) return text;
  for (const node of ambiguous) node.type = Scalar.QUOTE_DOUBLE;
  if (compatibility !== undefined) {
    document.delete('compatibility');
    document.setIn(['metadata', 'compatibility'], compatibility);
  }
  return `${open}${document.toString({ lineWidth: 0 }).trimEnd()}${close}${text.slice(whole.length)}`;
}
