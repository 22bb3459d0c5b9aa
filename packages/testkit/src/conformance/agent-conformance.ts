import {
  type Agent,
  type Decision,
  type Finding,
  type GateReport,
  type Observation,
  type Proposal,
  type SeededRandom,
  seededRandom,
} from '@tilewright/spec';
import { decisionSchema } from '@tilewright/spec/schemas';
import { smallSituation } from '../situations/small-situation.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { deepFreeze, ensure, ensureRejects, settled } from './ensure.ts';

export interface AgentConformanceOptions {
  /** How long one decision may take; default 60,000 ms. */
  readonly decisionLimitMs?: number;
  /** Observations that the agent is shown; default 200. Fewer for an agent that costs money. */
  readonly observations?: number;
  /** Decisions after which a phase that cannot be saved must have been given up; default 50. */
  readonly patience?: number;
}

/** What every Agent must do. `make` is called anew for each case. */
export function agentConformance(
  make: () => Agent | Promise<Agent>,
  { decisionLimitMs = 60_000, observations = 200, patience = 50 }: AgentConformanceOptions = {},
): readonly ConformanceCase[] {
  const decide = (agent: Agent, observation: Observation): Promise<Decision> =>
    settled(agent.decide(observation), decisionLimitMs, `${agent.id}.decide()`);
  return [
    {
      name: 'it names itself',
      run: async () => {
        const { id, specificationVersion } = await make();
        ensure(specificationVersion === 'v1', `specificationVersion is ${specificationVersion} instead of v1.`);
        ensure(/^[a-z0-9][a-z0-9-]*$/.test(id), `The id "${id}" is not lower-case words joined by hyphens.`);
      },
    },
    {
      name: 'its decisions are of the contract, and choose only what is offered',
      run: async () => {
        const random = seededRandom(7);
        for (let count = 0; count < observations; count++) {
          const observation = randomObservation(random);
          const decision = await decide(await make(), observation);
          const parsed = decisionSchema.safeParse(decision);
          ensure(parsed.success, `It decides ${JSON.stringify(decision)}: ${parsed.error?.message}`);
          ensureOffered(decision, observation);
          if ('reason' in decision) ensure(decision.reason.trim() !== '', `It gives no reason to ${decision.kind}.`);
        }
      },
    },
    {
      name: 'it leaves what it is shown as it was',
      run: async () => {
        const random = seededRandom(8);
        for (let count = 0; count < Math.min(observations, 20); count++) {
          await decide(await make(), deepFreeze(randomObservation(random)));
        }
      },
    },
    {
      name: 'it decides the same about a recorded observation as about the original',
      run: async () => {
        const observation = randomObservation(seededRandom(9));
        const recorded = JSON.parse(JSON.stringify(observation)) as Observation;
        const [first, second] = [await decide(await make(), observation), await decide(await make(), recorded)];
        ensure(first.kind === second.kind, `It decides ${first.kind}, and ${second.kind} after a round trip as JSON.`);
      },
    },
    {
      name: 'it comes to an end where a gate keeps failing and nothing is proposed',
      run: async () => {
        const agent = await make();
        const reports: GateReport[] = [];
        const kinds: string[] = [];
        for (let attempt = 0; attempt < patience; attempt++) {
          const { kind } = await decide(agent, {
            specificationVersion: 'v1',
            situation: { ...smallSituation(2), failure: reports.length > 0 ? failureOf(reports) : null },
            attempt,
            proposals: [],
            findings: [],
            reports: [...reports],
            instruction: null,
            ...HISTORY,
          });
          if (kind === 'give-up' || kind === 'ask-human') return;
          kinds.push(kind);
          if (kind === 'run-gate') reports.push(gateReport('fail', 2));
        }
        throw new Error(`After ${patience} decisions it has neither given up nor asked: ${kinds.join(', ')}.`);
      },
    },
    {
      name: 'a cancelled decision rejects as aborted',
      run: async () => {
        const agent = await make();
        const cancelled = { signal: AbortSignal.abort(new Error('cancelled by the conformance suite')) };
        const decision = agent.decide(randomObservation(seededRandom(10)), cancelled);
        await ensureRejects(
          settled(decision, decisionLimitMs, 'A cancelled decision'),
          'A cancelled decision',
          'aborted',
        );
      },
    },
  ];
}

/** An agent's first deployment, before it has tried anything. */
const HISTORY: Pick<Observation, 'steps' | 'lessons' | 'origin' | 'attempts'> = {
  steps: [],
  lessons: [],
  origin: {
    target: 'scripted',
    modelFamily: 'llama',
    modelDigest: 'sha256:0',
    prefillLength: 16,
    contextLength: 32,
  },
  attempts: [],
};

function ensureOffered(decision: Decision, observation: Observation): void {
  if (decision.kind === 'try-proposal') {
    const ids = observation.proposals.map(({ id }) => id);
    ensure(ids.includes(decision.proposal), `It tries ${decision.proposal}; there are ${ids.join(', ') || 'none'}.`);
  }
  if (decision.kind === 'apply-finding') {
    const count = observation.findings.length;
    ensure(decision.finding < count, `It applies finding ${decision.finding} of ${count}.`);
  }
}

function randomObservation(random: SeededRandom): Observation {
  const phase = random.integer(0, 7);
  const reports = Array.from({ length: random.integer(0, 3) }, () =>
    gateReport(random.pick(['pass', 'fail', 'inconclusive']), phase),
  );
  const failed = reports.at(-1)?.verdict === 'fail';
  return {
    specificationVersion: 'v1',
    situation: { ...smallSituation(phase), failure: failed ? failureOf(reports) : null },
    attempt: random.integer(0, 5),
    proposals: Array.from({ length: random.integer(0, 4) }, (_, index) => proposal(index, random)),
    findings: failed ? Array.from({ length: random.integer(0, 3) }, (_, index) => finding(index, random)) : [],
    reports,
    instruction: random.integer(0, 4) === 0 ? 'Keep the residual stream on the device.' : null,
    ...HISTORY,
    steps: Array.from({ length: random.integer(0, 2) }, (_, index) => `step ${index}`),
  };
}

function failureOf(reports: readonly GateReport[]): { readonly kind: 'gate'; readonly report: GateReport } {
  return { kind: 'gate', report: reports.at(-1) as GateReport };
}

function proposal(index: number, random: SeededRandom): Proposal {
  return {
    id: `buffer-object-reuse:attention_residual-${index}`,
    skill: 'buffer-object-reuse',
    summary: 'Keep attention_residual on the device.',
    edits: [
      {
        kind: 'set-residency',
        section: 'prefill',
        buffer: 'attention_residual',
        residency: 'device',
        role: 'intermediate',
      },
    ],
    expectedGainUs: random.pick([null, random.integer(1, 1000)]),
    safety: 'Only dispatches read and write it.',
  };
}

function finding(index: number, random: SeededRandom): Finding {
  return {
    skill: 'buffer-object-corruption',
    cause: `Cause ${index}: a launch writes a static buffer.`,
    evidence: ['prefill/output writes o_proj'],
    edits:
      random.integer(0, 2) === 0
        ? []
        : [{ kind: 'set-residency', section: 'prefill', buffer: 'o_proj', residency: 'device', role: 'intermediate' }],
  };
}

function gateReport(verdict: GateReport['verdict'], phase: number): GateReport {
  return {
    specificationVersion: 'v1',
    gate: 'block',
    phase,
    verdict,
    summary: `The gate of phase ${phase}: ${verdict}.`,
    policyDigest: 'sha256:0',
    evidence: {
      plannedComparisons: 4,
      madeComparisons: verdict === 'inconclusive' ? 3 : 4,
      comparedElements: 4096,
      seeds: [1],
      subjects: { plan: 'sha256:1' },
      elapsedMs: 10,
    },
    comparisons: [],
    figures: [],
    failures:
      verdict === 'pass'
        ? []
        : [
            {
              kind: verdict === 'fail' ? 'tolerance-exceeded' : 'missing-comparison',
              subject: 'prefill layers.0.output',
              message: 'The mean relative error is 0.4.',
              limit: 0.05,
              value: 0.4,
            },
          ],
    firstDeviation: verdict === 'fail' ? { layer: 0, kernel: 'output', section: 'prefill' } : null,
  };
}
