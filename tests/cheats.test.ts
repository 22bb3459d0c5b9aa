import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rulesAgent } from '@tilewright/agent-rules';
import { evaluate } from '@tilewright/evaluator';
import { POLICY, policyDigest } from '@tilewright/gates';
import { applyEdits, naivePlan } from '@tilewright/kernel-registry';
import { openModel } from '@tilewright/oracle';
import { deploy } from '@tilewright/phases';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type {
  DeploymentManifest,
  EvaluationReport,
  EvaluationRequest,
  FailureKind,
  OptimizationTrajectory,
  PerformanceProfile,
  Plan,
  PlanStep,
  Review,
  SectionName,
} from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { DISHONEST_TARGETS } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edit, editReports, forge, PHASES, readJson, writeJson } from './support/forge.ts';

const modelDirectory = fileURLToPath(new URL('../test-data/goldens/llama-gqa', import.meta.url));
const target = xdna2Simulator();
const LENGTHS = { prefillLength: 16, contextLength: 64 };
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-cheats-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Optimised by the skills, with everything that phases 0 to 6 write. */
const honest = join(scratch, 'honest');
let naive: Plan;
let count = 0;

beforeAll(async () => {
  const model = await openModel(modelDirectory);
  naive = naivePlan(model.spec, target.device, LENGTHS);
  await model.close();
  const { status, reason } = await deploy({
    ...{ modelDirectory, workspace: honest, target, agent: rulesAgent(), skills: OPTIMIZATION_SKILLS, seed: 7 },
    ...{ prefillTokens: LENGTHS.prefillLength, contextLength: LENGTHS.contextLength },
    reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) },
  });
  expect({ status, reason }).toEqual({ status: 'deployed', reason: null });
}, 60_000);

function copy(): string {
  const workspace = join(scratch, String(count++));
  cpSync(honest, workspace, { recursive: true });
  return workspace;
}

async function forged(plan: Plan): Promise<string> {
  const workspace = join(scratch, String(count++));
  await forge(honest, workspace, plan, target);
  return workspace;
}

function judge(workspace: string, changes: Partial<EvaluationRequest> = {}): Promise<EvaluationReport> {
  return evaluate({ workspace, modelDirectory, target, ...changes });
}

/** Kinds of failures by gate; for the claims, which disagree. */
function accusations({ gates, claims }: EvaluationReport): { kinds: Set<FailureKind>; claims: string[] } {
  return {
    kinds: new Set(gates.flatMap(({ failures }) => failures.map(({ kind }) => kind))),
    claims: claims.filter(({ agrees }) => !agrees).map(({ claim }) => claim),
  };
}

async function expectFailure(report: EvaluationReport, kind: FailureKind): Promise<void> {
  expect({ verdict: report.verdict, kinds: [...accusations(report).kinds] }).toEqual({
    verdict: 'fail',
    kinds: expect.arrayContaining([kind]),
  });
}

/** The gates pass, and exactly these claims are found to be false. */
function expectFalseClaims(report: EvaluationReport, claims: readonly string[]): void {
  expect({ verdict: report.verdict, ...accusations(report) }).toEqual({ verdict: 'fail', kinds: new Set(), claims });
}

/** A plan whose layer steps of a section are others. */
function withLayer(plan: Plan, section: SectionName, change: (steps: readonly PlanStep[]) => PlanStep[]): Plan {
  const before = plan.sections[section];
  return { ...plan, sections: { ...plan.sections, [section]: { ...before, layer: change(before.layer) } } };
}

describe('honest deployments', () => {
  it('are not accused by any of 20 evaluations', async () => {
    const seeds = new Set<number>();
    const naiveWorkspace = await forged(naive);
    for (let run = 0; run < 20; run++) {
      const report = await judge(run % 2 === 0 ? honest : naiveWorkspace);
      const wrong = accusations(report);
      expect({ run, verdict: report.verdict, ...wrong }).toEqual({
        run,
        verdict: 'pass',
        kinds: new Set(),
        claims: [],
      });
      for (const seed of report.seeds) seeds.add(seed);
      expect(report.claims.length).toBeGreaterThan(50);
      expect(Object.keys(report.subjects)).toEqual(['model', 'plan', 'policy', 'target', 'device', 'evaluator']);
    }
    expect(seeds.size).toBe(20 * 6);
  }, 120_000);

  it('are looked at from every side', async () => {
    const { gates } = await judge(honest, { atLeast: { promptTokens: 16, contextTokens: 64 } });
    const names = ['device', 'kernels', 'blocks', 'model', 'weights', 'literal', 'time', 'runs'];
    expect(gates.map(({ gate }) => gate)).toEqual(names);
    for (const { evidence } of gates) {
      expect(evidence.plannedComparisons).toBeGreaterThan(0);
      expect(evidence.madeComparisons).toBeGreaterThanOrEqual(evidence.plannedComparisons);
    }
  }, 30_000);
});

describe('claims that are not so', () => {
  it('an edited threshold', async () => {
    const workspace = copy();
    const { matmul } = POLICY.kernels;
    const lax = { ...POLICY, kernels: { ...POLICY.kernels, matmul: { ...matmul, meanRelativeL1: 0.9 } } };
    const laxDigest = policyDigest(lax);
    edit<DeploymentManifest>(workspace, 'deployment.json', (manifest) => ({ ...manifest, policyDigest: laxDigest }));
    editReports(workspace, PHASES, (report) => ({ ...report, policyDigest: laxDigest }));
    const claims = ['policy of the deployment', ...PHASES.map((phase) => `gate of phase ${phase}: policy`)];
    expectFalseClaims(await judge(workspace), claims);
  }, 30_000);

  it('a limit that one figure alone is held to', async () => {
    const workspace = copy();
    editReports(workspace, [3], (report) => ({
      ...report,
      figures: report.figures.map((figure) =>
        figure.limit === null ? figure : { ...figure, limit: { ...figure.limit, value: figure.limit.value * 2 } },
      ),
    }));
    const { claims } = accusations(await judge(workspace));
    expect(claims).toContain('gate of phase 3: limits');
  }, 30_000);

  it('an edited gate report', async () => {
    const better = copy();
    editReports(better, [1], (report) => ({
      ...report,
      comparisons: report.comparisons.map((one) => ({
        ...one,
        statistics: { ...one.statistics, meanRelativeL1: one.statistics.meanRelativeL1 / 50 },
      })),
    }));
    expectFalseClaims(await judge(better), ['gate of phase 1: errors']);

    const failed = copy();
    editReports(failed, [2], (report) => ({
      ...report,
      comparisons: report.comparisons.map((one, index) => (index === 3 ? { ...one, passed: false } : one)),
    }));
    expectFalseClaims(await judge(failed), ['gate of phase 2: in itself']);
  }, 30_000);

  it('fewer comparisons than planned, with the plan lowered to them', async () => {
    const workspace = copy();
    editReports(workspace, [1], (report) => {
      const comparisons = report.comparisons.filter(({ subject }) => !subject.includes('o_proj'));
      const made = comparisons.length;
      return {
        ...report,
        comparisons,
        evidence: { ...report.evidence, plannedComparisons: made, madeComparisons: made },
      };
    });
    expectFalseClaims(await judge(workspace), [
      'gate of phase 1: comparisons made',
      'gate of phase 1: what was compared',
    ]);
  }, 30_000);

  it('an inflated profile', async () => {
    const workspace = copy();
    edit<PerformanceProfile>(workspace, 'profile.json', (profile) => ({
      ...profile,
      timeToFirstTokenUs: profile.timeToFirstTokenUs / 1.02,
      decodeTokensPerSecond: profile.decodeTokensPerSecond * 1.02,
      sections: profile.sections.map((section) => ({
        ...section,
        us: section.us / 1.02,
        steps: section.steps.map((step) => ({
          ...step,
          ...{ runUs: step.runUs / 1.02, transferUs: step.transferUs / 1.02, hostUs: step.hostUs / 1.02 },
        })),
      })),
    }));
    expectFalseClaims(await judge(workspace), ['profile: time to first token', 'profile: decode speed']);
  }, 30_000);

  it('an estimate that is called a measurement', async () => {
    const workspace = copy();
    edit<PerformanceProfile>(workspace, 'profile.json', (profile) => ({ ...profile, timing: 'measurement' }));
    expectFalseClaims(await judge(workspace), ['profile: kind of times']);
  }, 30_000);

  it('a trajectory that does not lead to the plan, or was faster than it is', async () => {
    const shorter = copy();
    edit<OptimizationTrajectory>(shorter, 'perf_opt_traj.json', ({ attempts, ...trajectory }) => ({
      ...trajectory,
      attempts: attempts.slice(
        0,
        attempts.findLastIndex(({ kept }) => kept),
      ),
    }));
    expect(accusations(await judge(shorter)).claims).toContain('end of the trajectory');

    const faster = copy();
    edit<OptimizationTrajectory>(faster, 'perf_opt_traj.json', (trajectory) => ({
      ...trajectory,
      attempts: trajectory.attempts.map((attempt) => ({ ...attempt, afterUs: (attempt.afterUs ?? 0) * 0.9 })),
    }));
    expectFalseClaims(await judge(faster), ['trajectory: time after the last attempt that was kept']);
  }, 30_000);

  it('files that break their schema', async () => {
    const workspace = copy();
    editReports(workspace, [2], (report) => ({ ...report, verdict: 'excellent' as 'pass' }));
    writeFileSync(join(workspace, 'profile.json'), '{');
    rmSync(join(workspace, 'runner.json'));
    expectFalseClaims(await judge(workspace), ['gate of phase 2', 'runner', 'profile']);
    writeFileSync(join(workspace, 'deployment.json'), '[]');
    expect(accusations(await judge(workspace)).claims).toContain('plan of the deployment');
  }, 30_000);

  it('another model', async () => {
    const other = join(scratch, 'other-model');
    cpSync(modelDirectory, other, { recursive: true });
    const weights = readFileSync(join(other, 'model.safetensors'));
    weights.fill(0, weights.length - 512);
    writeFileSync(join(other, 'model.safetensors'), weights);
    const { verdict, claims } = await judge(honest, { modelDirectory: other });
    expect(verdict).toBe('fail');
    expect(claims.filter(({ agrees }) => !agrees).map(({ claim }) => claim)).toContain('model of the deployment');
  }, 30_000);
});

describe('plans that do not do the work', () => {
  it('a layer that is passed through', async () => {
    const mlp = new Set(['gate_proj', 'up_proj', 'silu_mul', 'down_proj']);
    const skipped = applyEdits(
      withLayer(naive, 'prefill', (steps) => steps.filter(({ id }) => !mlp.has(id))),
      [{ kind: 'bind-argument', section: 'prefill', launch: 'output', argument: 'b', buffer: 'o_proj' }],
    );
    await expectFailure(await judge(await forged(skipped)), 'not-on-device');
  }, 30_000);

  it('a layer whose work is done and not used', async () => {
    const unused = applyEdits(naive, [
      { kind: 'bind-argument', section: 'decode', launch: 'output', argument: 'b', buffer: 'o_proj' },
    ]);
    await expectFailure(await judge(await forged(unused)), 'tolerance-exceeded');
  }, 30_000);

  it('attention left to the host', async () => {
    const onHost = withLayer(naive, 'prefill', (steps) =>
      steps
        .filter(({ id }) => !id.startsWith('transpose.'))
        .map((step) =>
          step.id === 'attention'
            ? {
                kind: 'host',
                id: 'attention',
                operation: { name: 'decode-attention', query: 'q_rope', output: 'attention' },
              }
            : step,
        ),
    );
    await expectFailure(await judge(await forged(onHost)), 'not-on-device');
  }, 30_000);

  it('a shortened sequence', async () => {
    const model = await openModel(modelDirectory);
    const twice = 2 * naive.prefillLength;
    const long = naivePlan(model.spec, target.device, { prefillLength: twice, contextLength: 2 * twice });
    await model.close();
    // The plan is for half the tokens; everything else is as it was.
    const workspace = await forged(long);
    writeJson(naive, workspace, 'plan.json');
    const { verdict, claims } = await judge(workspace);
    expect(verdict).toBe('fail');
    expect(claims.filter(({ agrees }) => !agrees).map(({ claim }) => claim)).toEqual(
      expect.arrayContaining(['plan of the deployment', 'profile: tokens of the prompt', 'runner: longest prompt']),
    );
    // Everything says half, and whoever asks needs all.
    await expectFailure(await judge(honest, { atLeast: { promptTokens: twice } }), 'missing-comparison');
    // The plan says all, and its kernels compute half.
    await expectFailure(await judge(await forged({ ...naive, prefillLength: twice })), 'unsupported');
    // Too short to be judged at all.
    await expectFailure(await judge(await forged({ ...naive, contextLength: 20 })), 'missing-comparison');
  }, 30_000);

  it('swapped weights', async () => {
    const swapped = applyEdits(naive, [
      { kind: 'bind-argument', section: 'decode', launch: 'v_proj', argument: 'a', buffer: 'k_proj.weight' },
    ]);
    const report = await judge(await forged(swapped));
    await expectFailure(report, 'not-on-device');
    expect(accusations(report).kinds).toContain('tolerance-exceeded');

    // The same weight in every layer, under the right name of another.
    const { decode } = naive.sections;
    const buffers = decode.buffers.map((buffer) =>
      buffer.id === 'up_proj.weight' && buffer.content.kind === 'matrix'
        ? { ...buffer, scope: 'model' as const, content: { ...buffer.content, weight: 'layers.0.up_proj.weight' } }
        : buffer,
    );
    const first: Plan = { ...naive, sections: { ...naive.sections, decode: { ...decode, buffers } } };
    await expectFailure(await judge(await forged(first)), 'tolerance-exceeded');
  }, 30_000);

  it('values that nobody may look at', async () => {
    const hidden = withLayer(naive, 'decode', (steps) =>
      steps.map((step) =>
        step.id === 'silu_mul' && step.kind === 'dispatch'
          ? { ...step, launches: step.launches.map((launch) => ({ ...launch, computes: null })) }
          : step,
      ),
    );
    const report = await judge(await forged(hidden));
    expect(report.verdict).not.toBe('pass');
    expect(accusations(report).kinds).toContain('missing-comparison');
  }, 30_000);
});

describe('dishonest targets', () => {
  it.each(DISHONEST_TARGETS.map((one) => [one.name, one] as const))(
    '%s',
    async (_, { of, failure }) => {
      const model = readJson<Plan>(honest, 'plan.json').model;
      await expectFailure(await judge(honest, { target: of(xdna2Simulator(), model.layers) }), failure);
    },
    30_000,
  );
});
