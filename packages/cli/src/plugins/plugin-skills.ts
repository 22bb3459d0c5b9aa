import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { namedSkills } from '../config/chosen-modules.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { SKILLS } from '../modules/skills.ts';
import { packageInfo } from '../package-info.ts';
import { builtInSkills } from '../skills/built-in-skills.ts';
import { skillDocumentFaults } from '../skills/skill-document-faults.ts';
import { portableDocument } from './portable-document.ts';

/** Says how to drive a deployment through the MCP server. Only of use where a plugin brings that server. */
const SERVER_SKILL = 'drive-deployment-through-mcp';

/** A skill as a plugin carries it: a document, which every host can read. */
export interface PluginSkill {
  /** Of its folder, and in its frontmatter. */
  readonly name: string;
  readonly document: string;
  readonly origin: 'built-in' | 'user';
  /** A file of ours, or the module that carries it. */
  readonly where: string;
}

export interface PluginSkills {
  readonly skills: readonly PluginSkill[];
  /** Skills that are code alone: there is nothing in them that a coding agent could read. */
  readonly withoutDocument: readonly { readonly skill: string; readonly where: string }[];
}

/**
 * The built-in skills, and those of the flags or else of the configuration; one of the user's takes the place of a
 * built-in one of the same name. Throws `module-unknown`; `usage` where two of the user's have one id;
 * `file-malformed` where a document breaks a rule of the hosts. No name that is not lower-case letters, digits and
 * single hyphens gets through.
 */
export async function pluginSkills(flags: readonly string[], loaded: LoadedConfig): Promise<PluginSkills> {
  const skills = new Map<string, PluginSkill>();
  for (const { name, document, where } of [await serverSkill(), ...(await builtInSkills())]) {
    skills.set(name, { name, document: portableDocument(document), origin: 'built-in', where });
  }
  const withoutDocument: { skill: string; where: string }[] = [];
  for (const { value, module } of await namedSkills(flags, loaded)) {
    if (Object.hasOwn(SKILLS.builtIn, module)) continue;
    const { id, doc } = value;
    if (typeof doc !== 'string' || doc.trim() === '') {
      withoutDocument.push({ skill: id, where: module });
      continue;
    }
    const other = skills.get(id);
    const skill: PluginSkill = { name: id, document: portableDocument(doc), origin: 'user', where: module };
    if (other?.origin === 'user' && !(other.where === module && other.document === skill.document)) {
      throw sameId(id, other.where, module);
    }
    refuseFaults(skill);
    skills.set(id, skill);
  }
  return { skills: [...skills.values()], withoutDocument };
}

async function serverSkill(): Promise<{ name: string; document: string; where: string }> {
  const where = join(packageInfo().directory, 'skills', SERVER_SKILL, 'SKILL.md');
  return { name: SERVER_SKILL, document: await readFile(where, 'utf8'), where };
}

function refuseFaults({ name, document, where }: PluginSkill): void {
  const faults = skillDocumentFaults(document, name);
  if (faults.length === 0) return;
  throw new TilewrightError(
    'file-malformed',
    `The SKILL.md of the skill ${JSON.stringify(name)} (${where}) breaks ${faults.length === 1 ? 'a rule' : `${faults.length} rules`} of the hosts: ${faults.map(({ message }) => message).join('; ')}.`,
    'Correct the document; `tilewright skills lint DIR` holds it against the same rules.',
    { file: where, skill: name, rules: faults.map(({ rule }) => rule) },
  );
}

function sameId(id: string, first: string, second: string): TilewrightError {
  return new TilewrightError(
    'usage',
    `Two skills have the id ${JSON.stringify(id)}: ${first} and ${second}. A plugin has one folder for both.`,
    'Leave one of them out, or give it another id.',
    { field: 'id', got: id, file: second },
  );
}
