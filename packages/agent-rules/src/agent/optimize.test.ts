import type { GateReport, Lesson, LessonOrigin, Observation, OptimizationAttempt, Proposal } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { optimize } from './optimize.ts';

const HERE: LessonOrigin = {
  ...{ target: 't', modelFamily: 'llama', modelDigest: 'sha256:m' },
  ...{ prefillLength: 64, contextLength: 128 },
};
const edits = (buffer: string): Proposal['edits'] => [{ kind: 'remove-buffer', section: 'prefill', buffer }];
const proposal = (id: string, expectedGainUs: number, skill = 'opt-x'): Proposal => ({
  ...{ id, skill, summary: `Do ${id}.`, edits: edits(id), expectedGainUs, safety: 'same values' },
});
const lesson = (kind: Lesson['kind'], about: string, learntOn: LessonOrigin = HERE, phase = 4): Lesson => ({
  ...{ specificationVersion: 'v1', id: `${kind}-${about}`, kind, statement: about, phase, skill: 'opt-x' },
  ...{ proposal: about, learntOn, evidence: [], gain: 0.1, recordedAt: 'then' },
});
const attempt = (about: string, kept: boolean, phase = 4): OptimizationAttempt => ({
  ...{ attempt: 1, phase, proposal: about, skill: 'opt-x', summary: '', reason: '', cites: [], edits: edits(about) },
  ...{ expectedGainUs: 1, timing: 'estimate', beforeUs: 2, afterUs: 1, kept, rejection: kept ? null : 'no' },
  planDigest: 'sha256:p',
});
const observation = (seen: Partial<Observation> & { readonly failure?: GateReport }): Observation => {
  const { failure, ...rest } = seen;
  const failed = failure === undefined ? null : { kind: 'gate', report: failure };
  return {
    ...{
      specificationVersion: 'v1',
      attempt: 0,
      steps: [],
      proposals: [],
      findings: [],
      reports: [],
      instruction: null,
    },
    situation: { phase: 4, plan: {}, device: {}, profile: null, failure: failed } as Observation['situation'],
    ...{ lessons: [], origin: HERE, attempts: [] },
    ...rest,
  };
};
const three = [proposal('a', 1), proposal('b', 3), proposal('c', 2)];

describe('optimize', () => {
  it('tries what promises most of a skill, each once in a phase, and then closes it', () => {
    expect(optimize(observation({ proposals: three }))).toMatchObject({ proposal: 'b', cites: [] });
    const attempts = [attempt('b', true), attempt('c', false)];
    expect(optimize(observation({ proposals: three, attempts }))).toMatchObject({ proposal: 'a' });
    expect(optimize(observation({ proposals: three, attempts: [...attempts, attempt('a', false)] }))).toEqual({
      kind: 'run-gate',
    });
    expect(optimize(observation({ proposals: three, attempts: [attempt('b', false, 5)] }))).toMatchObject({
      proposal: 'b',
    });
  });

  it('goes skill by skill, as they were given', () => {
    const proposals = [proposal('a', 1), proposal('z', 99, 'opt-y')];
    expect(optimize(observation({ proposals }))).toMatchObject({ proposal: 'a' });
  });

  it('passes over what was rejected here, and cites it; but not what was kept at last', () => {
    const lessons = [lesson('rejected', 'b'), lesson('rejected', 'c'), lesson('kept', 'c')];
    expect(optimize(observation({ proposals: three, lessons }))).toMatchObject({
      ...{ kind: 'try-proposal', proposal: 'c', cites: ['kept-c', 'rejected-b'] },
    });
  });

  it('tries for itself what was rejected elsewhere, in another phase or at other lengths', () => {
    for (const rejected of [
      lesson('rejected', 'b', { ...HERE, modelDigest: 'sha256:other' }),
      lesson('rejected', 'b', { ...HERE, contextLength: 256 }),
      lesson('rejected', 'b', HERE, 5),
    ]) {
      expect(optimize(observation({ proposals: three, lessons: [rejected] }))).toMatchObject({
        proposal: 'b',
        cites: [],
      });
    }
  });

  it('starts with what the nearest earlier deployment kept', () => {
    const lessons = [
      lesson('kept', 'c', { ...HERE, target: 'another' }),
      lesson('kept', 'a', { ...HERE, modelDigest: 'sha256:other' }),
      lesson('kept', 'c', { ...HERE, modelDigest: 'sha256:other', prefillLength: 4096 }),
    ];
    const decision = optimize(observation({ proposals: three, lessons }));
    expect(decision).toMatchObject({ proposal: 'a', cites: ['kept-a'], reason: expect.stringContaining('10.0 %') });
  });

  it('tries what failed again with a cure, once', () => {
    const findings = [{ skill: 'debug-x', cause: 'the cause', evidence: [], edits: edits('cure') }];
    const failed = attempt('b', false);
    expect(optimize(observation({ findings, attempts: [failed] }))).toMatchObject({
      kind: 'apply-finding',
      finding: 0,
    });
    const again = { ...failed, edits: [...failed.edits, ...edits('cure')] };
    expect(optimize(observation({ findings: [], attempts: [failed, again] }))).toEqual({ kind: 'run-gate' });
  });

  it('takes back what was kept while the plan fails, and then asks', () => {
    const failure = { summary: 'too far off' } as GateReport;
    const kept = [attempt('a', true), attempt('b', false)];
    const revert = { ...attempt('a', true), proposal: 'revert' };
    expect(optimize(observation({ failure, attempts: kept }))).toMatchObject({ kind: 'revert' });
    expect(optimize(observation({ failure, attempts: [...kept, revert] }))).toMatchObject({
      ...{ kind: 'ask-human', question: expect.stringContaining('too far off') },
    });
  });
});
