import type { GeneratedFile } from './generated-file.ts';
import type { PluginSkill } from './plugin-skills.ts';

/** `FOLDER/NAME/SKILL.md` of each skill, as all hosts look for them. */
export function skillFiles(folder: string, skills: readonly PluginSkill[]): readonly GeneratedFile[] {
  return skills.map(({ name, document }) => ({ path: `${folder}/${name}/SKILL.md`, text: document }));
}
