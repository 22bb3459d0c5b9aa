import type { EditPreview, Instruments, Observation, OptimizationAttempt, PlanEdit, Proposal } from '@tilewright/spec';
import { smallDiagnostic, smallObservation } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { callTool } from '../tool/call-tool.ts';

const edit = (buffer: string): PlanEdit => ({
  ...{ kind: 'set-residency', section: 'prefill', buffer, residency: 'device', role: 'intermediate' },
});
const proposal = (id: string): Proposal => ({
  ...{ id, skill: 'opt-x', summary: 'Keep it.', edits: [edit(id)], expectedGainUs: 1, safety: 'same values' },
});
const attempt = (buffer: string, changes: Partial<OptimizationAttempt> = {}): OptimizationAttempt => ({
  ...{
    attempt: 1,
    phase: 4,
    proposal: buffer,
    skill: 'opt-x',
    summary: '',
    reason: '',
    cites: [],
    edits: [edit(buffer)],
  },
  ...{ expectedGainUs: 1, timing: 'estimate', beforeUs: 2, afterUs: 3, kept: false, rejection: 'it takes longer' },
  planDigest: 'sha256:p',
  ...changes,
});
const previewing = (preview: EditPreview): Instruments => ({ skills: [], preview: async () => preview });
const COMPILES: EditPreview = { kind: 'compiles', dispatches: { before: 2, after: 2 }, times: null };

const call = (name: string, input: unknown, seen: Partial<Observation> = {}, preview: EditPreview | null = COMPILES) =>
  callTool(name, input, {
    observation: { ...smallObservation(4), ...seen },
    instruments: preview === null ? null : previewing(preview),
  });

describe('try_proposal', () => {
  const proposals = [proposal('a'), proposal('b')];

  it('chooses what is offered', async () => {
    expect(await call('try_proposal', { proposal: 'a', reason: 'most' }, { proposals })).toEqual({
      ...{ kind: 'decision', decision: { kind: 'try-proposal', proposal: 'a', reason: 'most' } },
    });
    expect(await call('try_proposal', { proposal: 'c', reason: 'most' }, { proposals })).toEqual({
      ...{ kind: 'mistake', problem: 'There is no proposal c. Proposals: a, b.' },
    });
  });

  it('takes a name as it is shown for the name that it is', async () => {
    const odd = [{ ...proposal('a'), id: 'merge\u200b <all>' }];
    const listed = await call('list_proposals', {}, { proposals: odd });
    expect(listed).toMatchObject({ value: { proposals: { shown: [{ id: 'merge\ufffd &lt;all>' }] } } });
    expect(
      await call('try_proposal', { proposal: 'merge\ufffd &lt;all>', reason: 'most' }, { proposals: odd }),
    ).toMatchObject({
      decision: { proposal: 'merge\u200b <all>' },
    });
  });

  it('does not repeat what this plan has shown to be no use, and says when and why', async () => {
    const input = { proposal: 'a', reason: 'again' };
    expect(await call('try_proposal', input, { proposals, attempts: [attempt('a')] })).toMatchObject({
      kind: 'mistake',
      problem: expect.stringMatching(/attempt 1 of phase 4 .* was rejected: .*it takes longer/),
    });
    for (const attempts of [
      [attempt('a'), attempt('b', { attempt: 2, kept: true, planDigest: 'sha256:another' })],
      [attempt('a', { phase: 5 })],
      [attempt('a', { kept: true })],
      [attempt('b')],
    ]) {
      expect(await call('try_proposal', input, { proposals, attempts })).toMatchObject({ kind: 'decision' });
    }
  });

  it('cites only lessons that there are', async () => {
    const input = { proposal: 'a', reason: 'most', cites: ['lesson-1'] };
    expect(await call('try_proposal', input, { proposals })).toEqual({
      ...{ kind: 'mistake', problem: 'There is no lesson lesson-1. Lessons: none.' },
    });
  });
});

describe('apply_finding', () => {
  const findings = [
    { skill: 'debug-x', cause: 'unknown', evidence: [], edits: [] },
    { skill: 'debug-y', cause: 'stale', evidence: [], edits: [edit('a')] },
  ];

  it('applies what has a cure', async () => {
    expect(await call('apply_finding', { finding: 1, reason: 'stale' }, { findings })).toEqual({
      ...{ kind: 'decision', decision: { kind: 'apply-finding', finding: 1, reason: 'stale' } },
    });
    for (const finding of [0, 2]) {
      expect(await call('apply_finding', { finding, reason: 'stale' }, { findings })).toMatchObject({
        ...{ kind: 'mistake', problem: expect.stringContaining('With a cure: 1 (debug-y).') },
      });
    }
  });
});

describe('author_edits', () => {
  const input = { edits: [edit('output')], reason: 'no copy' };

  it('hands on what compiles, and what nobody can preview', async () => {
    const decision = { kind: 'author-edits', ...input };
    expect(await call('author_edits', input)).toEqual({ kind: 'decision', decision });
    expect(await call('author_edits', input, {}, null)).toEqual({ kind: 'decision', decision });
  });

  it('names the edit and the field that have not the form', async () => {
    const kernel = { origin: 'authored', name: 'mine', program: { specificationVersion: 'v1', name: 'mine' } };
    const wrong = [
      edit('a'),
      { ...edit('b'), residency: 'gpu' },
      { kind: 'set-kernel', section: 'head', launch: 'x', kernel },
    ];
    const result = await call('author_edits', { edits: wrong, reason: 'try' });
    expect(result).toMatchObject({ kind: 'mistake' });
    const problem = result.kind === 'mistake' ? result.problem : '';
    expect(problem).toContain('edits[1].residency: ');
    expect(problem).toContain('edits[2].kernel.program.hostPath: ');
    expect(problem).toContain('show_edit_format with kind "set-residency", show_edit_format with kind "set-kernel"');
  });

  it('says why edits are impossible or do not compile', async () => {
    const impossible = await call(
      'author_edits',
      input,
      {},
      { kind: 'impossible', reason: 'there is no buffer output' },
    );
    expect(impossible).toMatchObject({
      ...{ kind: 'mistake', problem: expect.stringContaining('edits[0] set-residency in prefill') },
    });
    expect(impossible).toMatchObject({ problem: expect.stringContaining('there is no buffer output') });
    const diagnostics = Array.from({ length: 100 }, smallDiagnostic);
    const broken = await call('author_edits', input, {}, { kind: 'does-not-compile', diagnostics });
    expect(broken).toMatchObject({
      kind: 'mistake',
      problem: expect.stringMatching(
        /for 100 reasons:\n- l1-exceeded in .*70000 bytes needed, 65536 there; .*Use a smaller tile/,
      ),
    });
    expect(broken).toMatchObject({ problem: expect.stringMatching(/and \d+ more/) });
  });

  it('knows edits again that were rejected, in whatever order their fields are', async () => {
    const reordered = {
      role: 'intermediate',
      buffer: 'a',
      residency: 'device',
      section: 'prefill',
      kind: 'set-residency',
    };
    expect(
      await call('author_edits', { edits: [reordered], reason: 'again' }, { attempts: [attempt('a')] }),
    ).toMatchObject({ kind: 'mistake', problem: expect.stringContaining('it takes longer') });
  });
});

describe('the other decisions', () => {
  it.each([
    ['run_gate', {}, { kind: 'run-gate' }],
    ['revert', { reason: 'slow' }, { kind: 'revert', reason: 'slow' }],
    ['profile', {}, { kind: 'profile' }],
    ['ask_human', { question: 'Which?' }, { kind: 'ask-human', question: 'Which?' }],
    [
      'record_lesson',
      { lesson: 'Merge.', evidence: ['9 µs'] },
      { kind: 'record-lesson', lesson: 'Merge.', evidence: ['9 µs'] },
    ],
    ['give_up', { reason: 'no way' }, { kind: 'give-up', reason: 'no way' }],
  ])('%s', async (name, input, decision) => {
    expect(await call(name, input)).toEqual({ kind: 'decision', decision });
  });

  it('do not ask for a profile that is there', async () => {
    const situation = { ...smallObservation(4).situation, profile: { entries: [] } };
    expect(await call('profile', {}, { situation })).toMatchObject({ kind: 'mistake' });
    expect(await call('profile', {}, { situation: { ...situation, phase: 2 } })).toMatchObject({ kind: 'decision' });
  });
});
