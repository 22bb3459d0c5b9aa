import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { BUILT_IN_SKILL_NAMES, loadSkills } from './skills.ts';

describe('skills', () => {
  it('are built in under the names that the packages give them', () => {
    const ids = [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS].map(({ id }) => id);
    expect([...BUILT_IN_SKILL_NAMES].sort()).toEqual(ids.sort());
  });

  it('all take part in a deployment, in the order in which they are worth trying', async () => {
    const skills = await loadSkills([], '/');
    expect(skills.map(({ value }) => value.id)).toEqual([...BUILT_IN_SKILL_NAMES]);
  });

  it('come from the user too, who may replace one of ours', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'mine'));
    await writeFile(
      join(directory, 'mine', 'skill.mjs'),
      `export const skill = { specificationVersion: 'v1', kind: 'debug', id: 'routing-congestion', doc: 'mine',
        match: () => [], diagnose: () => { throw new Error('never') } };`,
    );
    const skills = await loadSkills(['./mine/skill.mjs'], directory);
    expect(skills).toHaveLength(BUILT_IN_SKILL_NAMES.length);
    expect(skills.find(({ value }) => value.id === 'routing-congestion')?.value.doc).toBe('mine');
  });

  it('are refused by name when there is none', async () => {
    await expect(loadSkills(['nonesuch'], '/')).rejects.toMatchObject({
      code: 'module-unknown',
      remedy: expect.stringContaining('runtime-failure'),
    });
  });
});
