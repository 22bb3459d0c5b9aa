import { failedReport, smallDiagnostic, smallObservation } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { AGENT_TOOLS } from '../tool/agent-tools.ts';
import { AGENT_GUIDE } from './agent-guide.ts';
import { describeObservation } from './describe-observation.ts';

describe('describeObservation', () => {
  it('says what a phase begins with', () => {
    expect(describeObservation(smallObservation(1))).toMatchInlineSnapshot(`
      "Phase 1: validate every kernel. Decision 1 of this phase.
      Model: llama, 2 layers, hidden 64, 4 heads (2 for keys and values), vocabulary 256. Device small, prefill 16, context 32. Dispatches: prefill 2 per layer, decode 2 per layer, head 0.
      The gate has not run in this phase.
      No skill proposes anything on this plan.
      Look as far as you need to, then decide with exactly one tool."
    `);
  });

  it('says what happened, what is wrong, what the reviewer asks and what is left', () => {
    const small = smallObservation(2);
    const text = describeObservation(
      {
        ...small,
        ...{ attempt: 3, steps: ['tries opt-x', 'runs the gate of phase 2'], instruction: 'Look at the residual.' },
        situation: { ...small.situation, failure: { kind: 'gate', report: failedReport(2) } },
        findings: [{ skill: 'debug-x', cause: 'stale', evidence: [], edits: [] }],
      },
      { remaining: { attempts: 4, costUsd: 0.5, wallMs: 60_000 } },
    );
    expect(text).toContain('Decision 4 of this phase.');
    expect(text).toContain(
      '<untrusted source="log of the deployment">\n| - tries opt-x\n| - runs the gate of phase 2\n',
    );
    expect(text).toContain('The reviewer asks: Look at the residual.');
    expect(text).toContain('First outside its tolerance: attention_residual in layer 1 (prefill).');
    expect(text).toContain('Debug skills have 1 finding (show_failure).');
    expect(text).toContain('Left of the budget: 4 attempts, $0.50, 60 s.');
  });

  it('counts diagnostics and names a dispatch that hung', () => {
    const small = smallObservation(1);
    const failing = (failure: typeof small.situation.failure) =>
      describeObservation({ ...small, situation: { ...small.situation, failure } });
    expect(failing({ kind: 'compile', diagnostics: [smallDiagnostic(), smallDiagnostic()] })).toContain(
      'The plan does not compile: 2 diagnostics (l1-exceeded).',
    );
    const dump = { actors: [], locks: [], channels: [] };
    expect(failing({ kind: 'runtime', dispatch: 'prefill/x', fault: 'timeout', dump })).toContain(
      'The dispatch prefill/x went wrong while it ran: timeout.',
    );
  });
});

describe('AGENT_GUIDE', () => {
  it('speaks only of tools that there are', () => {
    const names = AGENT_TOOLS.map(({ name }) => name);
    for (const [word] of AGENT_GUIDE.matchAll(/\b[a-z]+(_[a-z]+)+\b/g)) expect(names).toContain(word);
  });
});
