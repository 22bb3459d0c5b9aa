import type { Skill } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { skillTexts } from './skill-texts.ts';

const skill = (doc: string): Skill => ({
  ...{ specificationVersion: 'v1', kind: 'debug', id: 'x', doc, match: () => [] },
  diagnose: () => ({ skill: 'x', cause: '', evidence: [], edits: [] }),
});
const described = (lines: string): string | undefined =>
  skillTexts([skill(`---\nname: x\n${lines}\n---\n# X`)])[0]?.description;

describe('skillTexts', () => {
  it('names a skill by its front matter, with the whole text', () => {
    const doc =
      '---\nname: x\ndescription: Finds what hangs: locks. Use when it times out.\nlicense: MIT\n---\n\n# X\n';
    expect(skillTexts([skill(doc)])).toEqual([
      { id: 'x', kind: 'debug', description: 'Finds what hangs: locks. Use when it times out.', doc },
    ]);
  });

  it.each([
    ["description: 'It''s quoted.'", "It's quoted."],
    ['description: "It says \\"no\\"."', 'It says "no".'],
    ['description: >-\n  Folded over\n  two lines.\nlicense: MIT', 'Folded over two lines.'],
    ['description: Goes on\n  below.', 'Goes on below.'],
    ['license: MIT', ''],
  ])('reads %j', (lines, description) => {
    expect(described(lines)).toBe(description);
  });

  it('has no description where there is no front matter', () => {
    expect(skillTexts([skill('# X\n\ndescription: none')])[0]?.description).toBe('');
  });
});
