import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rulesAgent } from '@tilewright/agent-rules';
import { evaluate, renderEvaluationReport } from '@tilewright/evaluator';
import {
  type DeployEvent,
  type DeployRequest,
  type DeployResult,
  deploy,
  loadDeployment,
  recordVerdict,
} from '@tilewright/phases';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { EvaluationReport, Plan, Review } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const goldens = fileURLToPath(new URL('../test-data/goldens/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-deployment-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
const fresh = (): string => join(scratch, String(count++));

function run(workspace: string, changes: Partial<DeployRequest> = {}): Promise<DeployResult> {
  return deploy({
    ...{ modelDirectory: `${goldens}llama-gqa`, workspace, target: xdna2Simulator(), agent: rulesAgent(), skills: [] },
    ...{ reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) }, seed: 7 },
    ...{ prefillTokens: 64, contextLength: 128 },
    ...changes,
  });
}

function judge(workspace: string, name = 'llama-gqa'): Promise<EvaluationReport> {
  return evaluate({ workspace, modelDirectory: `${goldens}${name}`, target: xdna2Simulator() });
}

const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;
const writeJson = (value: unknown, ...path: string[]): void => writeFileSync(join(...path), JSON.stringify(value));

describe('a workspace', () => {
  it('keeps what still holds and runs what does not', async () => {
    const workspace = fresh();
    const events: DeployEvent[] = [];
    const onEvent = (event: DeployEvent): number => events.push(event);
    await run(workspace);
    const first = await loadDeployment(workspace);

    await run(workspace, { onEvent });
    expect(events.map(({ kind }) => kind)).toEqual(new Array(7).fill('phase-kept'));

    events.length = 0;
    rmSync(join(workspace, 'gates/phase-2.json'));
    await run(workspace, { onEvent });
    const started = events.filter(({ kind }) => kind === 'phase-started').map(({ phase }) => phase);
    expect(started).toEqual([2]);
    const again = await loadDeployment(workspace);
    expect(again.manifest.planDigest).toBe(first.manifest.planDigest);
    expect(again.manifest.createdAt).toBe(first.manifest.createdAt);
    expect(readdirSync(workspace).sort()).toEqual([
      ...['deployment.json', 'gates', 'issues.md', 'lessons-given.json', 'lessons.json', 'lessons.md'],
      ...['perf_opt_traj.md', 'plan-baseline.json', 'plan.json', 'plan.md', 'profile.json', 'progress.md'],
      ...['runner.json', 'transcript.jsonl'],
    ]);
  }, 60_000);

  it('is refused if it holds something else', async () => {
    const workspace = fresh();
    await run(workspace);
    await expect(run(workspace, { modelDirectory: `${goldens}mistral` })).rejects.toMatchObject({
      code: 'workspace-invalid',
    });
    await expect(run(goldens)).rejects.toMatchObject({ code: 'workspace-invalid' });
    await expect(loadDeployment(goldens)).rejects.toMatchObject({ code: 'workspace-invalid' });
    writeFileSync(join(workspace, 'deployment.json'), '{"specificationVersion":"v1"}');
    await expect(run(workspace)).rejects.toMatchObject({ code: 'workspace-invalid' });
  }, 60_000);

  it('may have the smallest context in which the gates can run', async () => {
    const skills = [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS];
    const workspace = fresh();
    const result = await run(workspace, { prefillTokens: 16, contextLength: 36, skills });
    expect(result).toMatchObject({ status: 'deployed', reason: null });
    expect(readFileSync(join(workspace, 'perf_opt_traj.json'), 'utf8')).toContain('"section": "head"');
  }, 60_000);

  it('is left alone by bad input', async () => {
    const workspace = fresh();
    const bad = join(scratch, 'non-finite');
    cpSync(`${goldens}llama-unaligned`, bad, { recursive: true });
    const weights = join(bad, 'model.safetensors');
    const bytes = readFileSync(weights);
    bytes.fill(0xff, bytes.length - 4);
    writeFileSync(weights, bytes);
    await expect(run(workspace, { modelDirectory: bad })).rejects.toMatchObject({ code: 'tensor-non-finite' });
    await expect(run(workspace, { contextLength: 20 })).rejects.toMatchObject({ code: 'usage' });
    await expect(run(workspace, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(() => readdirSync(workspace)).toThrow();
  }, 60_000);
});

describe('a reviewer', () => {
  const reviewer = (...reviews: Review[]): DeployRequest['reviewer'] => ({
    review: async () => reviews.shift() ?? { kind: 'approve' },
  });

  it('can make a deployment wait, and the gate is not run again', async () => {
    const workspace = fresh();
    const waiting = await run(workspace, { reviewer: reviewer({ kind: 'approve' }, { kind: 'wait' }) });
    expect(waiting.status).toBe('waiting');
    expect(waiting.manifest.phases[1]).toMatchObject({ status: 'waiting', report: 'gates/phase-1.json' });
    const events: DeployEvent[] = [];
    const { status } = await run(workspace, { onEvent: (event) => events.push(event) });
    expect(status).toBe('deployed');
    expect(events.some((event) => event.kind === 'gate-progress' && event.phase === 1)).toBe(false);
  }, 60_000);

  it('can reject, and can send back', async () => {
    const rejected = await run(fresh(), { reviewer: reviewer({ kind: 'reject', reason: 'too slow' }) });
    expect(rejected).toMatchObject({ status: 'failed', reason: expect.stringContaining('too slow') });

    const instructions: (string | null)[] = [];
    const agent = rulesAgent();
    const listening: DeployRequest['agent'] = {
      ...agent,
      decide: (observation) => {
        instructions.push(observation.instruction);
        return agent.decide(observation);
      },
    };
    const redirect: Review = { kind: 'redirect', instruction: 'look again' };
    const { status } = await run(fresh(), {
      agent: listening,
      reviewer: reviewer({ kind: 'approve' }, redirect),
    });
    expect(status).toBe('deployed');
    expect(instructions.slice(0, 2)).toEqual([null, 'look again']);
  }, 60_000);
});

describe('the evaluator', () => {
  let honest: string;
  beforeAll(async () => {
    honest = fresh();
    await run(honest);
  }, 60_000);
  const copy = (): string => {
    const workspace = fresh();
    cpSync(honest, workspace, { recursive: true });
    return workspace;
  };

  it('draws new seeds each time, and its report can be written and read', async () => {
    const [first, second] = [await judge(honest), await judge(honest)];
    expect(first.seeds).not.toEqual(second.seeds);
    const workspace = copy();
    const text = renderEvaluationReport(first);
    expect(text).toContain('**PASS**');
    expect(text).toContain('Estimated, not measured');
    await recordVerdict(workspace, first, text);
    expect((await loadDeployment(workspace)).manifest.status).toBe('accepted');
    expect(readFileSync(join(workspace, 'evaluation_report.md'), 'utf8')).toBe(text);
  }, 60_000);

  it('rejects a claim that is not what it found', async () => {
    const workspace = copy();
    const report = readJson<{ policyDigest: string }>(workspace, 'gates/phase-2.json');
    writeJson({ ...report, policyDigest: 'sha256:another' }, workspace, 'gates/phase-2.json');
    const found = await judge(workspace);
    expect(found.verdict).toBe('fail');
    expect(found.summary).toContain('gate of phase 2: policy');
  }, 60_000);

  it('rejects a deployment that claims nothing', async () => {
    const workspace = copy();
    rmSync(join(workspace, 'deployment.json'));
    expect((await judge(workspace)).verdict).toBe('fail');
  }, 60_000);

  it('rejects a plan for a model with fewer layers', async () => {
    const workspace = copy();
    const plan = readJson<Plan>(workspace, 'plan.json');
    writeJson({ ...plan, model: { ...plan.model, layers: 1 } }, workspace, 'plan.json');
    const found = await judge(workspace);
    expect(found.verdict).toBe('fail');
    expect(found.summary).toContain('another model');
  });

  it('rejects a plan in which a projection is not computed on the device', async () => {
    const workspace = copy();
    const plan = readJson<Plan>(workspace, 'plan.json');
    const { prefill } = plan.sections;
    const layer = prefill.layer.filter(({ id }) => id !== 'up_proj');
    writeJson({ ...plan, sections: { ...plan.sections, prefill: { ...prefill, layer } } }, workspace, 'plan.json');
    const found = await judge(workspace);
    expect(found.verdict).toBe('fail');
    expect(found.gates[0]?.failures).toContainEqual(
      expect.objectContaining({ kind: 'not-on-device', subject: 'prefill up_proj' }),
    );
  }, 60_000);

  it('refuses a workspace without a plan', async () => {
    const workspace = copy();
    writeFileSync(join(workspace, 'plan.json'), '{');
    await expect(judge(workspace)).rejects.toMatchObject({ code: 'workspace-invalid' });
  });
});
