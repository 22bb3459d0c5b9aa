import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AGENT_TOOLS } from './agent-tools.ts';

/** Characters of JSON schema that a request carries for one tool. */
const LARGEST_SCHEMA = 4000;

describe('AGENT_TOOLS', () => {
  it('names each once, in words that every service takes', () => {
    const names = AGENT_TOOLS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it.each(AGENT_TOOLS)(
    '$name has a description and schemas that services take',
    ({ description, input, output, effect }) => {
      expect(description.length).toBeGreaterThan(60);
      const schema = z.toJSONSchema(input, { io: 'input' });
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(schema).not.toHaveProperty('oneOf');
      expect(schema).not.toHaveProperty('anyOf');
      expect(JSON.stringify(schema).length).toBeLessThan(LARGEST_SCHEMA);
      if (effect === 'decide') expect(output).toBeNull();
      else expect(z.toJSONSchema(output as z.ZodType)).toMatchObject({ type: 'object' });
    },
  );
});
