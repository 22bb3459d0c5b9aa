/** Frontmatter fields of the Agent Skills format. */
const FIELDS = ['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools'];
const MAX_NAME = 64;
const MAX_DESCRIPTION = 1024;

/**
 * What keeps a SKILL.md from being a valid one of the Agent Skills format, one sentence each: frontmatter that a
 * strict YAML parser takes, `name` as its folder, a description without angle brackets, and a body.
 */
export function skillDocumentFaults(document: string, folder: string): readonly string[] {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(document);
  if (match === null) return ['it does not begin with frontmatter between two lines of three hyphens'];
  const [, frontmatter = '', body = ''] = match;
  const faults: string[] = [];
  const values = new Map<string, string>();
  for (const line of frontmatter.split('\n')) {
    if (line.trim() === '' || /^\s/.test(line)) continue;
    const field = /^([a-z-]+):(?: (.*))?$/.exec(line);
    if (field === null) {
      faults.push(`the frontmatter line "${line}" is not a field`);
      continue;
    }
    const [, name = '', value = ''] = field;
    if (!FIELDS.includes(name)) faults.push(`${name} is no field of the format`);
    if (values.has(name)) faults.push(`${name} stands there twice`);
    faults.push(...scalarFaults(name, value));
    values.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  const name = values.get('name') ?? '';
  if (name !== folder) faults.push(`its name is "${name}", and its folder is ${folder}`);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > MAX_NAME) {
    faults.push(`the name must be lower-case words joined by hyphens, at most ${MAX_NAME} characters`);
  }
  const description = values.get('description') ?? '';
  if (description.trim() === '' || description.length > MAX_DESCRIPTION) {
    faults.push(`the description has ${description.length} characters; it needs 1 to ${MAX_DESCRIPTION}`);
  }
  if (/[<>]/.test(description)) faults.push('the description has angle brackets');
  if (body.trim() === '') faults.push('it has no body');
  return faults;
}

/** What a strict YAML parser trips over in a plain value. */
function scalarFaults(name: string, value: string): string[] {
  if (/^"(?:[^"\\]|\\.)*"$/.test(value) || /^'(?:[^']|'')*'$/.test(value)) return [];
  if (/: |:$| #/.test(value) || /^[-?:,[\]{}#&*!|>'"%@`]/.test(value)) {
    return [`the value of ${name} must be quoted: a strict parser reads its punctuation as YAML`];
  }
  return [];
}
