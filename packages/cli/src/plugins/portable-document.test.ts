import { describe, expect, it } from 'vitest';
import { parseSkillDocument } from '../skills/front-matter.ts';
import { portableDocument } from './portable-document.ts';

describe('portableDocument', () => {
  it('leaves alone what every host takes', () => {
    const text =
      '---\nname: a\ndescription: >-\n  Says: "a",\n  and b.\nlicense: MIT # as ours\n---\n\nbody --- here\n';
    expect(portableDocument(text)).toBe(text);
  });

  it('moves compatibility into metadata, and keeps the rest with its body', () => {
    const text =
      '---\nname: a\ndescription: "x: y"\ncompatibility: Needs Node.\nmetadata:\n  of: us\n---\n\ncompatibility: none\n';
    const { fields, body, faults } = parseSkillDocument(portableDocument(text));
    expect(faults).toEqual([]);
    expect(fields).toEqual({ name: 'a', description: 'x: y', metadata: { of: 'us', compatibility: 'Needs Node.' } });
    expect(body).toBe('\ncompatibility: none\n');
  });

  it.each(['on', 'No', '2026-01-01', '0b1', '1_000', '12:30:45'])(
    'quotes the name %s, which older YAML takes for no text',
    (name) => {
      const text = portableDocument(`---\nname: ${name}\ndescription: x\n---\nbody\n`);
      expect(text).toBe(`---\nname: "${name}"\ndescription: x\n---\nbody\n`);
    },
  );

  it('keeps line ends of Windows outside what it writes anew', () => {
    const text = '---\r\nname: a\r\ndescription: x\r\ncompatibility: y\r\n---\r\nbody\r\n';
    const { fields, faults } = parseSkillDocument(portableDocument(text));
    expect([fields, faults]).toEqual([{ name: 'a', description: 'x', metadata: { compatibility: 'y' } }, []]);
  });

  it.each(['', 'no frontmatter', '---\nname: [\n---\n', '---\n- a\n---\n', '---\nname: a\nname: b\n---\n'])(
    'gives back %j, for the rules to refuse',
    (text) => {
      expect(portableDocument(text)).toBe(text);
    },
  );
});
