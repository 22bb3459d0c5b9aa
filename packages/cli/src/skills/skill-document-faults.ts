import { parseSkillDocument } from './front-matter.ts';

/** One rule of a SKILL.md that does not hold. */
export interface SkillDocumentFault {
  readonly rule: string;
  /** Who asks for it: the Agent Skills format (agentskills.io and its reference validator), or Claude's rules. */
  readonly of: 'agent-skills' | 'claude';
  readonly message: string;
}

const FIELDS: readonly string[] = ['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools'];
const MAX_NAME = 64;
const MAX_DESCRIPTION = 1024;
const MAX_COMPATIBILITY = 500;
/** What both publishers advise: longer instructions belong in files that are read when they are needed. */
const MAX_BODY_LINES = 500;
const RESERVED_WORDS: readonly string[] = ['anthropic', 'claude'];

/**
 * Every rule of the two published validators that a SKILL.md in a folder of this name breaks: the reference library
 * of agentskills.io, and what Claude's documentation and skill packager ask for. Empty for a valid one.
 */
export function skillDocumentFaults(text: string, folder: string): readonly SkillDocumentFault[] {
  const { fields, body, faults } = parseSkillDocument(text);
  const found: SkillDocumentFault[] = faults.map((message) => ({ rule: 'frontmatter', of: 'agent-skills', message }));
  if (fields === null) return found;
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    found.push({
      ...{ rule: 'allowed-fields', of: 'agent-skills' },
      message: `${name} is no field of the format; there are ${FIELDS.join(', ')}`,
    });
  }
  found.push(...nameFaults(fields.name, folder), ...descriptionFaults(fields.description), ...optionalFaults(fields));
  if (body.trim() === '') found.push({ rule: 'body', of: 'agent-skills', message: 'it has no instructions' });
  const lines = body.trimEnd().split('\n').length;
  if (lines >= MAX_BODY_LINES) {
    found.push({
      ...{ rule: 'body-length', of: 'agent-skills' },
      message: `it has ${lines} lines of instructions; keep them under ${MAX_BODY_LINES}`,
    });
  }
  return found;
}

function nameFaults(name: unknown, folder: string): SkillDocumentFault[] {
  if (typeof name !== 'string' || name.trim() === '') {
    return [{ rule: 'name', of: 'agent-skills', message: 'the name is missing, or is no text' }];
  }
  const found: SkillDocumentFault[] = [];
  if (name.length > MAX_NAME) {
    found.push({
      ...{ rule: 'name-length', of: 'agent-skills' },
      message: `the name has ${name.length} characters; at most ${MAX_NAME} are allowed`,
    });
  }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    found.push({
      ...{ rule: 'name-pattern', of: 'agent-skills' },
      message: `the name "${name}" is not lower-case letters, digits and single hyphens between them`,
    });
  }
  if (name !== folder) {
    found.push({
      ...{ rule: 'name-folder', of: 'agent-skills' },
      message: `the name is "${name}", and the folder is ${folder}`,
    });
  }
  if (/[<>]/.test(name)) found.push({ rule: 'name-tags', of: 'claude', message: 'the name has angle brackets' });
  for (const word of RESERVED_WORDS.filter((one) => name.includes(one))) {
    found.push({
      ...{ rule: 'name-reserved', of: 'claude' },
      message: `the name has the word "${word}", which is reserved`,
    });
  }
  return found;
}

function descriptionFaults(description: unknown): SkillDocumentFault[] {
  if (typeof description !== 'string' || description.trim() === '') {
    return [{ rule: 'description', of: 'agent-skills', message: 'the description is missing, or is no text' }];
  }
  const found: SkillDocumentFault[] = [];
  if (description.length > MAX_DESCRIPTION) {
    found.push({
      ...{ rule: 'description-length', of: 'agent-skills' },
      message: `the description has ${description.length} characters; at most ${MAX_DESCRIPTION} are allowed`,
    });
  }
  if (/[<>]/.test(description)) {
    found.push({ rule: 'description-tags', of: 'claude', message: 'the description has angle brackets' });
  }
  return found;
}

function optionalFaults(fields: Readonly<Record<string, unknown>>): SkillDocumentFault[] {
  const found: SkillDocumentFault[] = [];
  for (const name of ['license', 'compatibility', 'allowed-tools']) {
    if (!(name in fields)) continue;
    const value = fields[name];
    if (typeof value !== 'string' || value.trim() === '') {
      found.push({ rule: name, of: 'agent-skills', message: `${name} is there, and is no text` });
    } else if (name === 'compatibility' && value.length > MAX_COMPATIBILITY) {
      found.push({
        ...{ rule: 'compatibility-length', of: 'agent-skills' },
        message: `compatibility has ${value.length} characters; at most ${MAX_COMPATIBILITY} are allowed`,
      });
    }
  }
  if ('metadata' in fields && !isTextMap(fields.metadata)) {
    found.push({ rule: 'metadata', of: 'agent-skills', message: 'metadata is not a list of names with texts' });
  }
  return found;
}

function isTextMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string');
}
