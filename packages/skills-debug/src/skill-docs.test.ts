import { readFileSync } from 'node:fs';
import { skillDocumentFaults } from '@tilewright/testkit';
import { expect, test } from 'vitest';
import { DEBUG_SKILLS } from './debug-skills.ts';

test.each(DEBUG_SKILLS.map((skill) => [skill.id, skill] as const))('%s carries its SKILL.md', (id, skill) => {
  expect(skill.doc, 'npm run embed-skill-documents').toBe(
    readFileSync(new URL(`./${id}/SKILL.md`, import.meta.url), 'utf8'),
  );
  expect(skillDocumentFaults(skill.doc, id)).toEqual([]);
});
