import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { deploy, fileLessonStore } from '@tilewright/phases';
import type { Agent, Lesson, OptimizationAttempt, PlanLaunch, RegistryKernel } from '@tilewright/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuilt } from '../__fixtures__/built-bin.ts';
import { Capture, type CapturedRun, captured } from '../__fixtures__/captured-run.ts';
import { oneStageAgent } from '../__fixtures__/one-stage-agent.ts';
import { GOLDENS, REPOSITORY } from '../__fixtures__/repository.ts';
import { runDeployment } from '../commands/run-deployment.ts';
import { namedAgent, namedTarget } from '../config/chosen-modules.ts';
import { loadModule } from '../modules/load-module.ts';
import { loadSkills, SKILLS } from '../modules/skills.ts';
import { plainProgress } from '../progress/plain-progress.ts';
import { reviewerFor } from '../review/reviewer.ts';
import { processSurroundings } from '../terminal/surroundings.ts';

const SMALL = join(GOLDENS, 'llama-gqa');

/** A user's directory: lessons, what is installed, and deployments. */
let home: string;
const environment = (): Record<string, string> => ({ TILEWRIGHT_HOME: home });
const cli = (args: readonly string[]): Promise<CapturedRun> =>
  captured(args, { environment: environment(), cwd: home });

/** A deployment by an agent that authors an edit, without the evaluator: what it teaches does not wait for a verdict. */
async function teach(prefillLength: number): Promise<string> {
  const directory = join(home, `out-${prefillLength}`);
  const streams = { stdin: Readable.from([]), stdout: new Capture(), stderr: new Capture() };
  const surroundings = processSurroundings({ cwd: home, environment: environment(), ...streams });
  const context = { surroundings, progress: plainProgress(streams.stderr), signal: new AbortController().signal };
  const { status } = await runDeployment(
    {
      ...{ model: 'llama-gqa', modelDirectory: SMALL, modelSource: null, directory, seed: 0, reference: 'golden' },
      target: await namedTarget('xdna2-sim', home),
      agent: await namedAgent(await oneStageAgent(home), home),
      skills: (await loadSkills([], home)).map(({ value }) => value),
      reviewer: reviewerFor(true, false, context),
      ...{ prefillLength, contextLength: 128, lessonDirectory: join(home, 'lessons'), afterwards: 'nothing' },
    },
    context,
  );
  expect(status).toBe('deployed');
  return directory;
}

async function taught(): Promise<readonly Lesson[]> {
  const names = await readdir(join(home, 'lessons'));
  const texts = await Promise.all(names.map((name) => readFile(join(home, 'lessons', name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Lesson);
}

beforeAll(async () => {
  requireBuilt();
  home = await mkdtemp(join(tmpdir(), 'tilewright-promote-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(home, 'node_modules'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a lesson becomes a skill', () => {
  it('once it held twice; the next deployment uses it, and gains what nobody proposed without it', {
    timeout: 400_000,
  }, async () => {
    const first = await teach(128);
    const [lesson] = await taught();
    expect(lesson).toMatchObject({ kind: 'kept', phase: 4, skill: null, edits: [{ kind: 'set-kernel' }] });
    const promote = [
      'skills',
      'promote',
      lesson?.id.slice(0, 9) as string,
      '--from',
      first,
      '--out',
      'skills/one-stage',
    ];
    const once = await cli([...promote, '--json']);
    expect(once.exitStatus).toBe(2);
    expect(once.json().error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('learnt once, on llama'),
      remedy: expect.stringContaining('at another prefill length'),
    });
    expect(await readdir(home)).not.toContain('skills');

    await teach(96);
    const id = lesson?.id as string;
    const full = [...promote.slice(0, 2), id, ...promote.slice(3)];
    const other = await cli([...full.slice(0, 4), join(home, 'out-96'), ...full.slice(5), '--json']);
    expect(other.json().error).toMatchObject({ code: 'workspace-invalid', message: expect.stringContaining(id) });
    const run = await cli(full);
    expect(run.stderr).not.toContain('error');
    expect(run.exitStatus).toBe(0);
    expect(run.stdout).toContain('kept on      llama');
    expect(await readdir(join(home, 'skills'))).toEqual(['one-stage']);
    const again = await cli([...full, '--json']);
    expect(again.json().error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not an empty directory'),
    });

    const place = join(home, 'skills/one-stage');
    const { stdout } = await promisify(execFile)('node', ['--test', 'test/skill.test.js'], {
      cwd: place,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toMatch(/pass 11\b[\s\S]*fail 0\b/);
    expect((await cli(['skills', 'lint', place, '--json'])).json()).toMatchObject({ valid: true });

    const lengths = ['--prefill-length', '112', '--context-length', '128'];
    const kept = join(home, 'kept');
    const evaluated = await cli(['skills', 'eval', 'skills/one-stage', SMALL, ...lengths, '--out', kept, '--json']);
    expect(evaluated.exitStatus).toBe(0);
    const [{ effect, without, with: withIt }] = evaluated.json().models;
    expect(effect).toMatchObject({ proposed: 1, kept: 1, failures: 0 });
    expect(effect.timeToFirstToken).toBeLessThan(-0.01);
    expect(withIt.time.timeToFirstTokenUs).toBeLessThan(without.time.timeToFirstTokenUs);
    expect(without.plan.digest).not.toBe(withIt.plan.digest);

    const attempts = async (directory: string): Promise<readonly OptimizationAttempt[]> =>
      JSON.parse(await readFile(join(directory, 'perf_opt_traj.json'), 'utf8')).attempts;
    const [used] = (await attempts(withIt.directory)).filter(({ skill }) => skill === 'one-stage');
    expect(used).toMatchObject({ kept: true, proposal: 'one-stage:prefill-attention' });
    const setStages = (await attempts(without.directory)).flatMap(({ edits }) =>
      edits.filter((edit) => JSON.stringify(edit).includes('"numCascadeStages":1')),
    );
    expect(setStages).toEqual([]);
    // Neither taught the user anything: it was a comparison.
    expect(await taught()).toHaveLength(2);
  });
});

/** The simulator as a device whose compiler takes no cascade, and an agent that finds out what to do about it. */
const NO_CASCADES = `import { CompileError } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';

const simulator = xdna2Simulator();
export const target = {
  ...simulator,
  async compile(lowered, options) {
    const refused = lowered.dispatches.filter(({ program }) => JSON.stringify(program).includes('cascade'));
    if (refused.length > 0) {
      throw new CompileError(refused.map(({ id }) => ({
        code: 'cascade-invalid', dispatch: id, launch: id, resource: 'cascades', needed: 1, available: 0,
        unit: 'cascade', place: null, message: 'there is no cascade', cure: 'Do without.',
      })));
    }
    return simulator.compile(lowered, options);
  },
};
`;

describe('a cure that an agent authored', () => {
  it('becomes a debug skill', { timeout: 200_000 }, async () => {
    const module = join(home, 'no-cascades.mjs');
    await writeFile(module, NO_CASCADES);
    const target = await namedTarget(module, home);
    const lessons = fileLessonStore(join(home, 'lessons'));
    const agent: Agent = {
      ...{ specificationVersion: 'v1', id: 'careful' },
      decide: async ({ situation: { failure, plan } }) => {
        if (failure === null) return { kind: 'run-gate' };
        const launches = plan.sections.prefill.layer.flatMap((step) => (step.kind === 'dispatch' ? step.launches : []));
        const launch = launches.find((one) => one.kernel.name === 'flash-attention') as PlanLaunch;
        const kernel = launch.kernel as RegistryKernel;
        const config = { ...kernel.config, numCascadeStages: 1 };
        const edit = {
          kind: 'set-kernel',
          section: 'prefill',
          launch: launch.id,
          kernel: { ...kernel, config },
        } as const;
        return { kind: 'author-edits', edits: [edit], reason: 'Without a cascade it might compile.' };
      },
    };
    const deployed = async (prefillTokens: number): Promise<string> => {
      const workspace = join(home, `mended-${prefillTokens}`);
      const { status } = await deploy({
        ...{ modelDirectory: SMALL, workspace, target: target.value, targetModule: module, agent, skills: [], seed: 0 },
        ...{ prefillTokens, contextLength: 128, lastPhase: 1, reviewer: { review: async () => ({ kind: 'approve' }) } },
      });
      expect(status).toBe('deployed');
      // A deployment that ends after phase 1 has not come to where lessons go to the user's store.
      const taught = JSON.parse(await readFile(join(workspace, 'lessons.json'), 'utf8')).lessons;
      expect(taught).toMatchObject([{ kind: 'cured', phase: 1, skill: null, edits: [{ kind: 'set-kernel' }] }]);
      await lessons.add(taught);
      return workspace;
    };
    const first = await deployed(64);
    const [lesson] = JSON.parse(await readFile(join(first, 'lessons.json'), 'utf8')).lessons as Lesson[];
    const promote = ['skills', 'promote', lesson?.id as string, '--from', first, '--out', 'skills/no-cascade'];
    const once = await cli([...promote, '--target', module, '--json']);
    expect(once.json().error).toMatchObject({ code: 'usage', message: expect.stringContaining('learnt once') });
    await deployed(128);
    const run = await cli([...promote, '--target', module, '--json']);
    expect(run.json()).toMatchObject({ name: 'no-cascade', rule: { settings: { numCascadeStages: 1 } } });
    const place = join(home, 'skills/no-cascade');
    const { stdout } = await promisify(execFile)('node', ['--test', 'test/skill.test.js'], {
      cwd: place,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toMatch(/fail 0\b/);
    const document = await readFile(join(place, 'SKILL.md'), 'utf8');
    expect(document).toContain('the plan does not compile (cascade-invalid)');

    // On a plan of another length it names the same cause, and only while there is the failure.
    const { value } = await loadModule(SKILLS, place, home);
    const cured = JSON.parse(
      await readFile(
        join(home, 'mended-128', 'cures', (await readdir(join(home, 'mended-128/cures')))[0] as string),
        'utf8',
      ),
    );
    const situation = {
      phase: 1,
      plan: cured.plan,
      device: target.value.device,
      profile: null,
      failure: cured.failure,
    };
    const [match] = value.match(situation);
    expect(value.kind === 'debug' && value.diagnose(situation, match as never).edits).toMatchObject([
      { kind: 'set-kernel', launch: 'attention', kernel: { config: { numCascadeStages: 1 } } },
    ]);
    expect(value.match({ ...situation, failure: null })).toEqual([]);
  });
});

describe('skills promote', () => {
  const args = ['--from', 'nowhere', '--out', 'new-skill', '--json'];
  it('says what lessons there are, and what cannot be promoted', async () => {
    const rejected = { ...LESSON, id: 'rejected-4-1', kind: 'rejected' };
    await mkdir(join(home, 'lessons'), { recursive: true });
    for (const one of [LESSON, rejected]) {
      await writeFile(join(home, 'lessons', `lesson-${one.id}.json`), JSON.stringify(one));
    }
    const unknown = (await cli(['skills', 'promote', 'kept-9', ...args])).json().error;
    expect(unknown).toMatchObject({ code: 'usage', remedy: expect.stringContaining(LESSON.id) });
    const other = (await cli(['skills', 'promote', 'rejected-4', ...args])).json().error;
    expect(other).toMatchObject({ code: 'usage', message: expect.stringContaining('did not help') });
    const nowhere = (await cli(['skills', 'promote', LESSON.id, ...args])).json().error;
    expect(nowhere).toMatchObject({ code: 'workspace-invalid', message: expect.stringContaining('nowhere') });
    const name = (await cli(['skills', 'promote', LESSON.id, '--from', 'x', '--out', 'No_Name', '--json'])).json();
    expect(name.error).toMatchObject({ code: 'usage', message: expect.stringContaining('No_Name') });
    expect(await readdir(home)).not.toContain('new-skill');
  });
});

const LESSON = {
  ...{ specificationVersion: 'v1', id: 'kept-5-seen', kind: 'kept', statement: 'It helped.', phase: 5, skill: 'a' },
  learntOn: { target: 't', modelFamily: 'llama', modelDigest: 'sha256:0', prefillLength: 64, contextLength: 128 },
  ...{ proposal: 'a:x', evidence: [], gain: 0.1, recordedAt: 'then' },
};
