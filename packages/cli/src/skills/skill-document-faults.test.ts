import { describe, expect, it } from 'vitest';
import { builtInSkills } from './built-in-skills.ts';
import { skillDocumentFaults } from './skill-document-faults.ts';

const GOOD = `---
name: keep-weights
description: "Keeps weights: on the device. Use when they are copied."
license: Apache-2.0
compatibility: Needs Node 20.20.
metadata:
  author: someone
allowed-tools: Bash(npx tilewright:*)
---

Do it.
`;

const rulesOf = (text: string, folder = 'keep-weights'): string[] =>
  skillDocumentFaults(text, folder).map(({ rule }) => rule);
const named = (name: string): [string, string] => [GOOD.replace('name: keep-weights', `name: ${name}`), name];
const described = (description: string): string => GOOD.replace(/description: .*/, `description: ${description}`);

describe('skillDocumentFaults', () => {
  it('accepts what both validators accept, with either kind of line break', () => {
    expect(rulesOf(GOOD)).toEqual([]);
    expect(rulesOf(GOOD.replaceAll('\n', '\r\n'))).toEqual([]);
  });

  it.each([
    ['no frontmatter', 'Do it.', ['frontmatter']],
    ['frontmatter that does not end', '---\nname: keep-weights\n', ['frontmatter']],
    ['frontmatter that is no mapping', '---\n- name\n---\n\nDo it.\n', ['frontmatter']],
    ['an unquoted colon', described('Keeps weights: on the device.'), ['frontmatter']],
    ['a key twice', GOOD.replace('license:', 'name: keep-weights\nlicense:'), ['frontmatter']],
    ['a tab', GOOD.replace('  author', '\tauthor'), ['frontmatter']],
    [
      'a flow collection',
      GOOD.replace(/metadata:\n {2}author: someone/, 'metadata: { author: someone }'),
      ['frontmatter'],
    ],
    ['an anchor', GOOD.replace('license: Apache-2.0', 'license: &l Apache-2.0'), ['frontmatter']],
    ['a tag', GOOD.replace('license: Apache-2.0', 'license: !!str Apache-2.0'), ['frontmatter']],
    ['a field of its own', GOOD.replace('license:', 'version: 2\nlicense:'), ['allowed-fields']],
    ['no name', GOOD.replace('name: keep-weights\n', ''), ['name']],
    ['a name that is no text', GOOD.replace('name: keep-weights', 'name: 7'), ['name']],
    ['another name than its folder', GOOD.replace('name: keep-weights', 'name: keep-weight'), ['name-folder']],
    ['no description', GOOD.replace(/description: .*\n/, ''), ['description']],
    ['an empty description', described('""'), ['description']],
    ['a long description', described('x'.repeat(1025)), ['description-length']],
    ['a tag in the description', described('Keeps <b>weights</b>.'), ['description-tags']],
    ['an empty license', GOOD.replace('license: Apache-2.0', 'license: ""'), ['license']],
    ['a list of tools', GOOD.replace(/allowed-tools: .*/, 'allowed-tools:\n  - Bash'), ['allowed-tools']],
    ['a compatibility that is no text', GOOD.replace(/compatibility: .*/, 'compatibility: 20'), ['compatibility']],
    [
      'a long compatibility',
      GOOD.replace(/compatibility: .*/, `compatibility: ${'x'.repeat(501)}`),
      ['compatibility-length'],
    ],
    ['metadata that is text', GOOD.replace(/metadata:\n.*/, 'metadata: someone'), ['metadata']],
    ['metadata with a number', GOOD.replace('author: someone', 'version: 1.0'), ['metadata']],
    ['no instructions', GOOD.replace('\nDo it.\n', ''), ['body']],
    ['a long body', `${GOOD}${'more\n'.repeat(500)}`, ['body-length']],
  ])('rejects %s', (_what, text, rules) => {
    expect([...new Set(rulesOf(text))]).toEqual(rules);
  });

  it.each([
    ['a long name', 'x'.repeat(65), 'name-length'],
    ['capitals', 'Keep-weights', 'name-pattern'],
    ['an underscore', 'keep_weights', 'name-pattern'],
    ['a hyphen at its start', '-keep', 'name-pattern'],
    ['a hyphen at its end', 'keep-', 'name-pattern'],
    ['two hyphens', 'keep--weights', 'name-pattern'],
    ['angle brackets', 'keep<weights', 'name-tags'],
    ['a reserved word', 'claude-weights', 'name-reserved'],
    ['another reserved word', 'anthropic-weights', 'name-reserved'],
  ])('rejects a name with %s', (_what, name, rule) => {
    expect(rulesOf(...named(name))).toContain(rule);
  });
});

describe('the sixteen skills', async () => {
  const skills = await builtInSkills();

  it('are one orchestrator, eight phases, four optimisations and three debug skills', () => {
    const count = (kind: string): number => skills.filter((skill) => skill.kind === kind).length;
    expect(['orchestrator', 'phase', 'optimization', 'debug'].map(count)).toEqual([1, 8, 4, 3]);
    expect(new Set(skills.map(({ name }) => name)).size).toBe(16);
  });

  it.each(skills.map(({ name, document }) => [name, document] as const))('%s is valid', (name, document) => {
    expect(skillDocumentFaults(document, name)).toEqual([]);
  });
});
