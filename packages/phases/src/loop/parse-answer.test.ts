import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from './parse-answer.ts';

const cyclic: Record<string, unknown> = { kind: 'revert' };
cyclic.reason = cyclic;
let deep: unknown = 0;
for (let level = 0; level < 5000; level++) deep = [deep];
const buffer = { kind: 'remove-buffer', section: 'head', buffer: 'b' };

describe('parseAnswer', () => {
  it('takes a decision, and nothing of the object that it came as', () => {
    const answer = { kind: 'author-edits', edits: [buffer], reason: 'why', cites: undefined };
    const parsed = parseAnswer(answer);
    expect(parsed).toEqual({ ok: true, decision: { kind: 'author-edits', edits: [buffer], reason: 'why' } });
    expect(parsed.ok && parsed.decision).not.toBe(answer);
    expect(parseAnswer({ toJSON: () => ({ kind: 'run-gate' }) })).toEqual({ ok: true, decision: { kind: 'run-gate' } });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /JSON/],
    ['a function', () => 1, /JSON/],
    ['text', 'run-gate', /object/],
    ['a list', [{ kind: 'run-gate' }], /object/],
    ['an unknown kind', { kind: 'pass-the-gate' }, /kind/],
    ['a field that is unknown', { kind: 'run-gate', verdict: 'pass' }, /verdict/],
    ['a cycle', cyclic, /cannot be written as JSON/],
    ['a number that JSON does not have', { kind: 'revert', reason: 1n }, /cannot be written as JSON/],
    [
      'a getter that throws',
      {
        get kind(): string {
          throw new Error('gotcha');
        },
      },
      /gotcha/,
    ],
    [
      'a proxy that throws what cannot be shown',
      new Proxy(
        {},
        {
          get: () => {
            throw Object.create(null);
          },
        },
      ),
      /cannot be shown/,
    ],
    ['a decision as deep as a well', { kind: 'revert', reason: deep }, /nested|stack/],
    ['a reason that nobody reads', { kind: 'revert', reason: 'x'.repeat(10_001) }, /reason has more than/],
    ['evidence without end', { kind: 'record-lesson', lesson: 'l', evidence: Array(5000).fill('e') }, /evidence/],
    ['more than there is to say', { kind: 'revert', reason: 'x'.repeat(9_000_000) }, /characters/],
    ['no edits', { kind: 'author-edits', edits: [], reason: '' }, /edits/],
    ['a finding before the first', { kind: 'apply-finding', finding: -1, reason: '' }, /finding/],
  ])('refuses %s', (_, answer, problem) => {
    const parsed = parseAnswer(answer);
    expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    expect(parsed).not.toHaveProperty('problem', expect.stringContaining('\n'));
  });

  it('never throws, and says what is wrong in a line', () => {
    const strange = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withTypedArray: true,
    });
    const almost = fc.record({
      kind: fc.constantFrom('revert', 'run-gate', 'author-edits', 'give-up'),
      reason: strange,
      edits: strange,
    });
    fc.assert(
      fc.property(fc.oneof(strange, almost), (answer) => {
        const parsed = parseAnswer(answer);
        if (parsed.ok) expect(parseAnswer(parsed.decision)).toEqual(parsed);
        else expect(parsed.problem).toMatch(/^.{1,400}$/u);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('takes no prototype from an answer', () => {
    const inherits = Object.assign(Object.create({ reason: 'inherited', polluted: true }), { kind: 'run-gate' });
    expect(parseAnswer(inherits)).toEqual({ ok: true, decision: { kind: 'run-gate' } });
    for (const text of [
      '{"kind":"revert","reason":"","__proto__":{"polluted":true}}',
      '{"kind":"author-edits","reason":"","edits":[{"kind":"remove-buffer","section":"head","buffer":"b","__proto__":{"polluted":true}}]}',
    ]) {
      expect(parseAnswer(JSON.parse(text))).toEqual({ ok: false, problem: expect.stringContaining('__proto__') });
    }
    expect({}).not.toHaveProperty('polluted');
  });
});
