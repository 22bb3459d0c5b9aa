import { describe, expect, it } from 'vitest';
import { POLICY, policyDigest } from '../policy/policy.ts';
import { canonicalJson } from './canonical-json.ts';
import { digest } from './digest.ts';

describe('canonicalJson', () => {
  it('does not depend on the order in which members were written', () => {
    expect(canonicalJson({ b: [1, { d: 'x', c: null }], a: undefined })).toBe('{"b":[1,{"c":null,"d":"x"}]}');
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest([1, 2])).not.toBe(digest([2, 1]));
  });

  it('says the same of a value and of what JSON makes of it', () => {
    const value = { figure: Number.NaN, list: [undefined, -0, 1e21], text: 'ä"\n' };
    expect(digest(JSON.parse(JSON.stringify(value)))).toBe(digest(value));
  });

  it('is SHA-256', () => {
    // printf '{}' | sha256sum
    expect(digest({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});

describe('policyDigest', () => {
  it('changes with every threshold', () => {
    const looser = { ...POLICY, model: { ...POLICY.model, maxDivergence: 0.41 } };
    expect(policyDigest(looser)).not.toBe(policyDigest(POLICY));
  });

  it('has a reason beside every rule', () => {
    const rules = [...Object.values(POLICY.kernels), POLICY.block, POLICY.run, POLICY.logits, POLICY.model];
    for (const { reason } of rules) expect(reason.length).toBeGreaterThan(40);
  });
});
