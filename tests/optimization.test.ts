import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate } from '@tilewright/evaluator';
import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import {
  type DeployResult,
  fileLessonStore,
  loadDeployment,
  readBaseline,
  readIssues,
  readProfile,
  readRunner,
  readTrajectory,
} from '@tilewright/phases';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { Decision, OptimizationAttempt, OptimizationSkill, PlanEdit } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { addProgram, type ScriptedDecision, scriptedAgent } from '@tilewright/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { deployGolden, GOLDENS } from './support/deploy-golden.ts';

const names = readdirSync(GOLDENS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-optimization-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(scratch, String(count++));

const attemptsOf = async (workspace: string): Promise<readonly OptimizationAttempt[]> =>
  (await readTrajectory(workspace))?.attempts ?? [];

/** The attempts of a phase bear out what they say: times fall where they are kept, and what is told is there. */
function requireSound(attempts: readonly OptimizationAttempt[], phase: number): void {
  const ours = attempts.filter((attempt) => attempt.phase === phase);
  const kept = ours.filter((attempt) => attempt.kept);
  expect(kept.length).toBeGreaterThan(0);
  for (const { beforeUs, afterUs } of kept) expect(afterUs ?? Number.NaN).toBeLessThanOrEqual(0.99 * beforeUs);
  for (const { kept: isKept, rejection } of ours) expect(rejection === null).toBe(isKept);
  for (const { rejection } of ours) expect(rejection ?? '').not.toContain('\n');
}

function gainOf({ reports }: DeployResult, gate: string): number {
  const figures = reports.find((report) => report.gate === gate)?.figures ?? [];
  const figure = (end: string): number => figures.find(({ name }) => name.endsWith(end))?.value ?? Number.NaN;
  return figure(' before') / figure(' after');
}

describe.each(names)('%s', (name) => {
  it('goes through phases 0 to 6, faster in prefill and in decode, and a passing evaluation', async () => {
    const workspace = fresh();
    const modelDirectory = `${GOLDENS}${name}`;
    const result = await deployGolden(workspace, { modelDirectory, prefillTokens: 64, contextLength: 128 });
    expect({ status: result.status, reason: result.reason }).toEqual({ status: 'deployed', reason: null });
    expect(result.reports.map(({ gate, verdict }) => `${gate} ${verdict}`)).toEqual(
      ['oracle', 'kernels', 'blocks', 'model', 'prefill', 'decode', 'deployment'].map((gate) => `${gate} pass`),
    );
    expect(gainOf(result, 'prefill')).toBeGreaterThan(1.2);
    expect(gainOf(result, 'decode')).toBeGreaterThan(1.2);

    const attempts = await attemptsOf(workspace);
    requireSound(attempts, 4);
    requireSound(attempts, 5);
    const baseline = await readBaseline(workspace);
    const kept = attempts.filter((attempt) => attempt.kept).flatMap(({ edits }) => edits);
    expect(baseline && digest(applyEdits(baseline, kept))).toBe(result.manifest.planDigest);
    const [runner, profile] = [await readRunner(workspace), await readProfile(workspace)];
    expect(runner?.plan.digest).toBe(result.manifest.planDigest);
    expect(profile?.planDigest).toBe(result.manifest.planDigest);
    expect(profile?.deviceShare.prefillMultiplyAccumulates).toBe(1);
    // The rest is attention over the cache, which the host does for one token.
    expect(profile?.deviceShare.decodeMultiplyAccumulates).toBeGreaterThan(0.7);
    expect(profile?.timeToFirstTokenUs).toBeCloseTo(
      attempts.filter(({ phase, kept: isKept }) => phase === 4 && isKept).at(-1)?.afterUs ?? Number.NaN,
      6,
    );

    const judged = await evaluate({ workspace, modelDirectory, target: xdna2Simulator() });
    expect(judged.verdict).toBe('pass');
    expect(judged.summary).toContain('all claims agree');
    expect(judged.gates.map(({ gate }) => gate).slice(0, 4)).toEqual(['device', 'kernels', 'blocks', 'model']);
    expect(judged.performance).toMatchObject({ timing: 'estimate' });
    expect(judged.performance.decodeTokensPerSecond).toBeGreaterThan(0);
  }, 60_000);
});

describe('the bundled model', () => {
  it('gets faster in prefill and in decode', async () => {
    const modelDirectory = fileURLToPath(new URL('../models/tiny-llama', import.meta.url));
    const result = await deployGolden(fresh(), { modelDirectory, prefillTokens: 64, contextLength: 128 });
    expect(result.status).toBe('deployed');
    expect(gainOf(result, 'prefill')).toBeGreaterThan(1.1);
    expect(gainOf(result, 'decode')).toBeGreaterThan(1.3);
  }, 240_000);
});

describe('lessons', () => {
  it('let the second deployment of a model come to the same plan with fewer attempts, and it says why', async () => {
    const store = join(scratch, 'store');
    const [first, second] = [fresh(), fresh()];
    const before = await deployGolden(first, { lessons: fileLessonStore(store) });
    const learnt = new Set((await fileLessonStore(store).list()).map(({ id }) => id));
    const after = await deployGolden(second, { lessons: fileLessonStore(store) });
    expect(after.manifest.planDigest).toBe(before.manifest.planDigest);
    const [tried, again] = [await attemptsOf(first), await attemptsOf(second)];
    expect(tried.flatMap(({ cites }) => cites)).toEqual([]);
    expect(again.length).toBeLessThan(tried.length);
    expect(again.every(({ kept }) => kept)).toBe(true);
    const cited = again.flatMap(({ cites }) => cites);
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.every((id) => learnt.has(id))).toBe(true);
    expect(readFileSync(join(second, 'perf_opt_traj.md'), 'utf8')).toContain(cited[0]);
    expect(readFileSync(join(first, 'lessons.md'), 'utf8')).toContain('What did not');

    // Another model of the family starts with what was kept here, and rejects for itself.
    const other = fresh();
    await deployGolden(other, { modelDirectory: `${GOLDENS}llama-bias`, lessons: fileLessonStore(store) });
    const elsewhere = await attemptsOf(other);
    expect(elsewhere[0]?.cites).toHaveLength(1);
    expect(elsewhere[0]?.reason).toContain('An earlier deployment kept it');
  }, 60_000);
});

/** Corrupts from the second pass on: a weight buffer says that it is written once, and a launch writes it. */
const careless: OptimizationSkill = {
  ...{ specificationVersion: 'v1', kind: 'optimization', id: 'careless', doc: '' },
  match: ({ phase, plan }) =>
    phase === 4 && plan.sections.prefill.buffers.find(({ id }) => id === 'q_proj')?.role !== 'static'
      ? [{ skill: 'careless', subject: 'q_proj', evidence: ['It is copied.'] }]
      : [],
  propose: ({ plan }) => ({
    ...{ id: 'careless:all', skill: 'careless', summary: 'Never copy what was copied once.', expectedGainUs: 1e6 },
    edits: plan.sections.prefill.buffers
      .filter(({ residency, content }) => residency === 'host' && content.kind === 'activation')
      .map(({ id: buffer }) => ({
        ...{ kind: 'set-residency', section: 'prefill', buffer, residency: 'device', role: 'static' },
      })),
    safety: 'None.',
  }),
};

describe('a change that breaks something', () => {
  it('is faster, does not pass, is explained, tried again with the cures, and recorded', async () => {
    const workspace = fresh();
    const { status } = await deployGolden(workspace, {
      skills: [careless, ...(await import('@tilewright/skills-debug')).DEBUG_SKILLS, ...OPTIMIZATION_SKILLS],
    });
    expect(status).toBe('deployed');
    const attempts = await attemptsOf(workspace);
    expect(attempts[0]).toMatchObject({ proposal: 'careless:all', kept: false });
    expect(attempts[0]?.rejection).toMatch(/^the gate does not pass: .*prefill/);
    expect(attempts[0]?.afterUs ?? Number.NaN).toBeLessThan(attempts[0]?.beforeUs ?? Number.NaN);
    expect(attempts[1]).toMatchObject({
      proposal: 'careless:all',
      summary: expect.stringContaining('With the cure of'),
    });
    const issues = (await readIssues(workspace))?.issues ?? [];
    expect(issues[0]).toMatchObject({ phase: 4, cure: 'The change was taken back.', mustAct: 'author of the skill' });
    expect(issues[0]?.diagnosis.join()).toContain('is static, so it is copied in once');
    expect(readFileSync(join(workspace, 'issues.md'), 'utf8')).toContain('careless:all fails');
  }, 60_000);
});

describe('an agent from a script that answers later and authors edits', () => {
  const later =
    (decision: ScriptedDecision): ScriptedDecision =>
    async (observation) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return typeof decision === 'function' ? decision(observation) : decision;
    };
  const keep = (section: PlanEdit['section']): ScriptedDecision =>
    later(({ situation }) => ({
      kind: 'author-edits',
      edits: situation.plan.sections[section].buffers
        .filter(({ content }) => content.kind === 'matrix' || content.kind === 'vector')
        .map(({ id: buffer }) => ({
          ...({ kind: 'set-residency', section, buffer, residency: 'device', role: 'static' } as const),
        })),
      reason: 'Weights never change.',
      cites: ['what-everybody-knows'],
    }));
  const nonsense: ScriptedDecision = later({
    kind: 'author-edits',
    edits: [{ kind: 'remove-step', section: 'decode', part: 'layer', step: 'q_proj' }],
    reason: 'Less work is faster.',
  });
  const gate: ScriptedDecision = later({ kind: 'run-gate' });

  it('gets kept what is faster and right, and nothing else', async () => {
    const workspace = fresh();
    const script = [gate, gate, gate, keep('prefill'), keep('prefill'), gate, nonsense, keep('decode'), nonsense, gate];
    const agent = scriptedAgent(script);
    const { status, reason } = await deployGolden(workspace, { agent });
    expect({ status, reason }).toEqual({ status: 'deployed', reason: null });
    const attempts = await attemptsOf(workspace);
    expect(attempts.map(({ phase, kept }) => `${phase} ${kept}`)).toEqual([
      '4 true',
      '4 false',
      '5 false',
      '5 true',
      '5 false',
    ]);
    expect(attempts[0]).toMatchObject({ proposal: 'authored', skill: null, cites: ['what-everybody-knows'] });
    expect(attempts[1]?.rejection).toBe('the edits change nothing');
    expect(attempts[2]?.rejection).toMatch(/^the gate does not pass: .*q_rope of layer 0 in decode/);
    const { plan } = await loadDeployment(workspace);
    expect(plan?.sections.decode.layer.some(({ id }) => id === 'q_proj')).toBe(true);
    expect(agent.observations.at(-1)?.attempts).toHaveLength(5);
    expect(agent.observations.at(-1)?.situation.profile?.entries.length).toBeGreaterThan(10);
  }, 60_000);

  it('may bring a kernel that nobody registered, as a Program, through the same gates', async () => {
    const workspace = fresh();
    const own: ScriptedDecision = later(async (observation) => {
      const decision = await (keep('decode') as (seen: typeof observation) => Promise<Decision>)(observation);
      if (decision.kind !== 'author-edits') throw new Error('keep authors edits');
      const sum = observation.situation.plan.sections.decode.buffers.find(({ id }) => id === 'attention_residual');
      if (sum === undefined) throw new Error('there is no attention_residual');
      const tile = (sum.layout.rows * sum.layout.columns.total) / 2;
      const program = addProgram({ tiles: 1, steps: 2, tile });
      const kernel = { origin: 'authored', name: 'my-add', program } as const;
      const brought = { kind: 'set-kernel', section: 'decode', launch: 'attention_residual', kernel } as const;
      return { ...decision, edits: [...decision.edits, brought] };
    });
    const agent = scriptedAgent([gate, gate, gate, gate, own, gate]);
    const { status, reason } = await deployGolden(workspace, { agent });
    expect({ status, reason }).toEqual({ status: 'deployed', reason: null });
    expect((await attemptsOf(workspace)).map(({ phase, kept }) => `${phase} ${kept}`)).toEqual(['5 true']);
    const { plan } = await loadDeployment(workspace);
    const steps = plan?.sections.decode.layer ?? [];
    const kernels = steps.flatMap((step) =>
      step.kind === 'dispatch' ? step.launches.map(({ kernel }) => kernel) : [],
    );
    expect(kernels.filter(({ origin }) => origin === 'authored').map(({ name }) => name)).toEqual(['my-add']);
    const { verdict, summary } = await evaluate({
      workspace,
      modelDirectory: `${GOLDENS}llama-gqa`,
      target: xdna2Simulator(),
    });
    expect({ verdict, summary }).toMatchObject({ verdict: 'pass' });
  }, 60_000);

  it('may take back what it kept, and stop', async () => {
    const workspace = fresh();
    const agent = scriptedAgent([
      ...[gate, gate, gate, keep('prefill'), later({ kind: 'revert', reason: 'Second thoughts.' })],
    ]);
    const { status, manifest } = await deployGolden(workspace, { agent });
    expect(status).toBe('deployed');
    const attempts = await attemptsOf(workspace);
    expect(attempts.map(({ proposal }) => proposal)).toEqual(['authored', 'revert']);
    const baseline = await readBaseline(workspace);
    expect(manifest.planDigest).toBe(baseline && digest(baseline));
  }, 60_000);
});
