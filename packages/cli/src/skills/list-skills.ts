import type { CommandContext } from '../command-context.ts';
import { loadModule } from '../modules/load-module.ts';
import { SKILLS } from '../modules/skills.ts';
import { builtInSkills, type SkillKind } from './built-in-skills.ts';
import { parseSkillDocument } from './front-matter.ts';

export interface ListedSkill {
  readonly name: string;
  readonly kind: SkillKind;
  /** Of its SKILL.md: what it does, and when to use it. Null where it has none that can be read. */
  readonly description: string | null;
  /** Whether it has code, which a deployment consults. */
  readonly code: boolean;
  readonly origin: 'built-in' | 'user';
  readonly where: string;
}

export interface SkillList {
  readonly skills: readonly ListedSkill[];
}

/** The built-in skills and those of the user's that are named. A skill of the user's takes the place of ours. */
export async function listSkills(modules: readonly string[], { surroundings }: CommandContext): Promise<SkillList> {
  const listed = new Map<string, ListedSkill>();
  for (const { name, kind, document, code, where } of await builtInSkills()) {
    listed.set(name, { name, kind, description: descriptionOf(document), code, origin: 'built-in', where });
  }
  for (const name of modules) {
    const { value, module } = await loadModule(SKILLS, name, surroundings.cwd);
    if (Object.hasOwn(SKILLS.builtIn, module)) continue;
    const { id, kind, doc } = value;
    listed.set(id, { name: id, kind, description: descriptionOf(doc), code: true, origin: 'user', where: module });
  }
  return { skills: [...listed.values()] };
}

function descriptionOf(document: string): string | null {
  const description = parseSkillDocument(document).fields?.description;
  return typeof description === 'string' ? description : null;
}
