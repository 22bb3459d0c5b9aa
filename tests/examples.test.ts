import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import { openModel } from '@tilewright/oracle';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { OptimizationAttempt, OptimizationSkill, Plan, WeightSource } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installPacked, type PackedPackage, packPackages } from './packed-packages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GOLDEN = join(ROOT, 'test-data/goldens/llama-gqa');
const TINY_LLAMA = join(ROOT, 'models/tiny-llama');

/** Folders of the examples, and the packages of ours that each may depend on. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  target: ['@tilewright/spec', '@tilewright/testkit'],
  agent: ['@tilewright/spec', '@tilewright/testkit'],
  'skill/herd-sizing': ['@tilewright/spec', '@tilewright/testkit'],
  'oracle-taps': ['@tilewright/oracle'],
};

// biome-ignore lint/suspicious/noExplicitAny: what a command prints, looked at with expect
type JsonObject = Record<string, any>;

interface ExampleManifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

let packed: ReadonlyMap<string, PackedPackage>;
const places: string[] = [];
beforeAll(async () => {
  packed = await packPackages();
  for (const { directory } of packed.values()) {
    places.push(dirname(directory));
    break;
  }
}, 120_000);
afterAll(async () => {
  for (const place of places) await rm(place, { recursive: true, force: true });
});

async function manifestOf(example: string): Promise<ExampleManifest> {
  return JSON.parse(await readFile(join(ROOT, 'examples', example, 'package.json'), 'utf8'));
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** Node in a directory, with nothing of the repository's in its environment and a home of its own. */
async function node(directory: string, args: readonly string[]): Promise<Ended> {
  const home = await mkdtemp(join(tmpdir(), 'tilewright-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1' };
  const { stdout, stderr, exitCode } = await execa(process.execPath, args, {
    ...{ cwd: directory, env, extendEnv: false, reject: false },
  });
  return { stdout, stderr, exitCode };
}

describe.each(Object.entries(EXAMPLES))('examples/%s', (example, allowed) => {
  test('works with nothing but what its package.json declares', { timeout: 60_000 }, async () => {
    const { dependencies, devDependencies = {} } = await manifestOf(example);
    const declared = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    expect(declared).toEqual(allowed);
    const place = await installPacked(packed, declared);
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    // As its folder is called: a skill has the name of its folder.
    const directory = join(place, example);
    await cp(join(ROOT, 'examples', example), directory, { recursive: true });
    if (example === 'oracle-taps') {
      const code = await readFile(join(directory, 'oracle-taps.js'), 'utf8');
      expect(code.trimEnd().split('\n').length).toBeLessThan(40);
      const { stdout, stderr, exitCode } = await node(directory, ['oracle-taps.js', TINY_LLAMA]);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain(`\`\`\`text\n${stdout}\n\`\`\``);
      const gguf = await node(directory, ['oracle-taps.js', join(ROOT, 'test-data/goldens-gguf/tiny-llama.q8_0.gguf')]);
      expect([gguf.exitCode, gguf.stderr]).toEqual([0, '']);
      // The same outlier, within what eight bits leave of the weights.
      expect(gguf.stdout).toMatch(/^layer 0: output 37\.\d\d at \[0, 151\]/);
      return;
    }
    const { stdout, exitCode } = await node(directory, ['--test', '--test-reporter=tap', 'tests/']);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^# pass \d+$/m)]);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(8);
  });
});

describe('a directory with the command and the examples installed', () => {
  let place: string;
  let names: Readonly<Record<'target' | 'agent' | 'skill', string>>;
  beforeAll(async () => {
    place = await installPacked(packed, ['@tilewright/cli']);
    places.push(place);
    const manifests = await Promise.all(['target', 'agent', 'skill/herd-sizing'].map(manifestOf));
    const [target = '', agent = '', skill = ''] = manifests.map(({ name }) => name);
    names = { target, agent, skill };
    for (const [folder, name] of [
      ['target', target],
      ['agent', agent],
      ['skill/herd-sizing', skill],
    ] as const) {
      await cp(join(ROOT, 'examples', folder), join(place, 'node_modules', name), { recursive: true });
    }
  });

  /** A user's directory below the one that things are installed in. */
  async function userDirectory(name: string, config?: string): Promise<string> {
    const directory = join(place, name);
    await mkdir(directory);
    if (config !== undefined) await writeFile(join(directory, 'tilewright.config.ts'), config);
    return directory;
  }

  const command = (): string => join(place, 'node_modules/@tilewright/cli/bin/tilewright.js');

  async function tilewright(directory: string, ...args: readonly string[]): Promise<JsonObject> {
    const { stdout, stderr, exitCode } = await node(directory, [command(), ...args, '--json']);
    expect([exitCode, stderr, stdout]).toEqual([0, expect.anything(), expect.anything()]);
    return JSON.parse(stdout);
  }

  const deploy = ['deploy', GOLDEN, '--out', 'out', '--yes', '--prefill-length', '16', '--context-length', '48'];
  const results: JsonObject[] = [];

  test('deploys with --target, --agent and --skill', { timeout: 60_000 }, async () => {
    const directory = await userDirectory('flags');
    const flags = ['--target', names.target, '--agent', names.agent, '--skill', names.skill];
    const result = await tilewright(directory, ...deploy, ...flags);
    expect(result).toMatchObject({ status: 'accepted', evaluation: { verdict: 'pass' } });
    expect(result.evaluation.subjects.target).toBe('cpu');
    const manifest = JSON.parse(await readFile(join(directory, 'out/deployment.json'), 'utf8'));
    expect(manifest).toMatchObject({ target: { id: 'cpu', module: names.target }, agent: { id: 'thrifty' } });
    results.push(result);
  });

  test('deploys the same with a configuration instead', { timeout: 60_000 }, async () => {
    const directory = await userDirectory(
      'config',
      `import { defineConfig, type TilewrightConfig } from '@tilewright/cli';
      import { thriftyAgent } from '${names.agent}';
      import { skill } from '${names.skill}';
      const config: TilewrightConfig = { target: '${names.target}', agent: thriftyAgent(), skills: [skill] };
      export default defineConfig(config);`,
    );
    const result = await tilewright(directory, ...deploy);
    expect(result).toMatchObject({ status: 'accepted', evaluation: { verdict: 'pass' } });
    const manifest = JSON.parse(await readFile(join(directory, 'out/deployment.json'), 'utf8'));
    expect(manifest.target).toEqual({ id: 'cpu', module: names.target });
    expect(manifest.agent).toEqual({ id: 'thrifty', module: join(directory, 'tilewright.config.ts') });
    const [flags] = results;
    expect(result.planDigest).toBe(flags?.planDigest);
    // What the user's own configuration names is trusted when the deployment is run.
    const run = await tilewright(directory, 'run', 'out', '--tokens', '1', '2', '3', '--max-tokens', '2');
    expect(run.tokens).toHaveLength(2);
  });

  test('judges on a target that stands in the configuration', { timeout: 60_000 }, async () => {
    const directory = await userDirectory(
      'object',
      `import { cpuTarget } from '${names.target}';\nexport default { target: cpuTarget() };`,
    );
    const flags = ['--model', GOLDEN, '--target', './tilewright.config.ts'];
    const { report } = await tilewright(directory, 'evaluate', '../flags/out', ...flags);
    expect(report).toMatchObject({ verdict: 'pass', subjects: { target: 'cpu' } });
  });

  test('phases 4 and 5 try what the skill proposes, in the order of the agent, and keep it', {
    timeout: 60_000,
  }, async () => {
    const directory = await userDirectory('optimised');
    const result = await tilewright(directory, ...deploy, '--agent', names.agent, '--skill', names.skill);
    expect(result).toMatchObject({ status: 'accepted', evaluation: { verdict: 'pass' } });
    const { attempts } = JSON.parse(await readFile(join(directory, 'out/perf_opt_traj.json'), 'utf8'));
    const ours = (attempts as readonly OptimizationAttempt[]).filter(({ skill }) => skill === 'herd-sizing');
    expect(ours.map(({ phase, kept }) => [phase, kept])).toEqual([
      [4, true],
      [5, true],
    ]);
    for (const { timing, reason, beforeUs, afterUs } of ours) {
      expect([timing, reason]).toEqual(['estimate', expect.stringMatching(/It is \d+ edits\./)]);
      expect(afterUs).toBeLessThan(0.96 * beforeUs);
    }
  });

  test('skills lint finds nothing wrong with the skill', { timeout: 60_000 }, async () => {
    const directory = await userDirectory('lint');
    await cp(join(ROOT, 'examples/skill/herd-sizing'), join(directory, 'herd-sizing'), { recursive: true });
    const { valid, code } = await tilewright(directory, 'skills', 'lint', 'herd-sizing');
    expect([valid, code.situations, code.faults]).toEqual([true, 'own', []]);
  });
});

describe('examples/skill finds what the built-in skills leave', () => {
  const target = xdna2Simulator();

  async function estimate(plan: Plan): Promise<ScheduleEstimate> {
    const lowered = lowerPlan(plan, target.device);
    const dispatchEstimates = await target.estimate?.(await target.compile(lowered));
    if (dispatchEstimates === undefined) throw new Error('the simulator estimates');
    return estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device });
  }

  /** The plan after all that these skills propose, and what they expected of it in all. */
  function improved(skills: readonly OptimizationSkill[], plan: Plan): { plan: Plan; expectedUs: number } {
    let [current, expectedUs] = [plan, 0];
    for (let round = 0; round < 40; round++) {
      const situation = { phase: 3, plan: current, device: target.device, profile: null, failure: null };
      const [proposal] = skills.flatMap((skill) =>
        skill.match(situation).map((match) => skill.propose(situation, match)),
      );
      if (proposal === undefined) return { plan: current, expectedUs };
      current = applyEdits(current, proposal.edits);
      expectedUs += proposal.expectedGainUs ?? 0;
    }
    throw new Error('the skills do not come to an end');
  }

  async function logits(plan: Plan, weights: WeightSource): Promise<Float32Array[]> {
    const compiled = await target.compile(lowerPlan(plan, target.device));
    const deployed = await deployModel({ plan, compiled, target, weights });
    const sequence = deployed.start();
    const prefill = await sequence.forward({ tokens: [1, 5, 9, 14, 3], logits: 'all' });
    const decode = await sequence.forward({ tokens: [7] });
    await deployed.close();
    return [prefill.data, decode.data];
  }

  test.each([
    ['the bundled model', TINY_LLAMA, 0.04, 0.08],
    ['a golden model', GOLDEN, 0.06, 0.04],
  ])('%s: the same bits, in less time, and about as much less as it expects', { timeout: 60_000 }, async (...given) => {
    const [, directory, prefillGain, decodeGain] = given;
    const { skill }: { skill: OptimizationSkill } = await import(join(ROOT, 'examples/skill/herd-sizing/src/skill.js'));
    const model = await openModel(directory);
    onTestFinished(() => model.close());
    const naive = naivePlan(model.spec, target.device, { prefillLength: 64, contextLength: 128 });
    expect(skill.match({ phase: 3, plan: naive, device: target.device, profile: null, failure: null })).toEqual([]);
    const before = improved(OPTIMIZATION_SKILLS, naive).plan;
    const after = improved([skill], before);
    const [was, is] = [await estimate(before), await estimate(after.plan)];
    expect(is.timeToFirstTokenUs).toBeLessThan((1 - prefillGain) * was.timeToFirstTokenUs);
    expect(is.decodeTokenUs).toBeLessThan((1 - decodeGain) * was.decodeTokenUs);
    const gainedUs = was.timeToFirstTokenUs - is.timeToFirstTokenUs + was.decodeTokenUs - is.decodeTokenUs;
    expect(gainedUs / after.expectedUs).toBeGreaterThan(0.8);
    expect(gainedUs / after.expectedUs).toBeLessThan(1.25);
    expect(await logits(after.plan, model.weights)).toEqual(await logits(before, model.weights));
  });
});
