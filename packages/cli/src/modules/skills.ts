import type { Skill } from '@tilewright/spec';
import { lacksFunctions } from './lacks-functions.ts';
import { type Loaded, loadModule, type ModuleKind } from './load-module.ts';

/** Part of every deployment: ways to make a plan faster, in the order in which they are worth trying, and cures. */
export const BUILT_IN_SKILL_NAMES = [
  'multi-kernel-merging',
  'buffer-object-reuse',
  'layout-alignment',
  'kernel-fusion',
  'runtime-failure',
  'buffer-object-corruption',
  'routing-congestion',
] as const;

export const SKILLS: ModuleKind<Skill> = {
  noun: 'skill',
  builtIn: Object.fromEntries(BUILT_IN_SKILL_NAMES.map((name) => [name, () => builtInSkill(name)])),
  lacks: (value) =>
    typeof value.id !== 'string'
      ? 'it has no id'
      : value.kind === 'optimization'
        ? lacksFunctions(value, ['match', 'propose'])
        : value.kind === 'debug'
          ? lacksFunctions(value, ['match', 'diagnose'])
          : 'its kind is neither optimization nor debug',
};

/** The built-in skills and those that are named or given beside them, each once. Throws `module-unknown`. */
export async function loadSkills(
  skills: readonly (string | Loaded<Skill>)[],
  directory: string,
): Promise<readonly Loaded<Skill>[]> {
  const loaded = await Promise.all(
    [...BUILT_IN_SKILL_NAMES, ...skills].map((skill) =>
      typeof skill === 'string' ? loadModule(SKILLS, skill, directory) : skill,
    ),
  );
  const byId = new Map<string, Loaded<Skill>>();
  // A skill of the user's takes the place of a built-in one of the same id.
  for (const skill of loaded) byId.set(skill.value.id, skill);
  return [...byId.values()];
}

async function builtInSkill(name: string): Promise<Skill> {
  const { DEBUG_SKILLS } = await import('@tilewright/skills-debug');
  const { OPTIMIZATION_SKILLS } = await import('@tilewright/skills-opt');
  const found = [...DEBUG_SKILLS, ...OPTIMIZATION_SKILLS].find((skill) => skill.id === name);
  if (found === undefined) throw new TypeError(`there is no skill ${name} in the skill packages`);
  return found;
}
