import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { applyEdits, kernelDefinition, naivePlan } from '@tilewright/kernel-registry';
import { readModelSpec } from '@tilewright/oracle';
import type { GateReport, Plan, PlanEdit, Program, TensorLayout } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { requireBuilt } from '../__fixtures__/built-bin.ts';
import { GOLDENS, REPOSITORY, temporaryDirectory } from '../__fixtures__/repository.ts';
import { skillsRun } from './__fixtures__/skills-run.ts';

const { device } = xdna2Simulator();
const spec = await readModelSpec(join(GOLDENS, 'llama-gqa'));
const plan: Plan = naivePlan(spec, device, { prefillLength: 64, contextLength: 128 });

function bufferLayout(id: string): TensorLayout {
  const found = plan.sections.prefill.buffers.find((buffer) => buffer.id === id);
  if (found === undefined) throw new Error(`the naive plan has no buffer ${id}`);
  return found.layout;
}

/** A directory with the naive plan of a model, and our packages installed as a user would have them. */
async function userDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  const scope = join(directory, 'node_modules', '@tilewright');
  await mkdir(scope, { recursive: true });
  for (const name of ['spec', 'testkit']) await symlink(join(REPOSITORY, 'packages', name), join(scope, name));
  await writeFile(join(directory, 'plan.json'), JSON.stringify(plan));
  return directory;
}

/** Every file below a directory with its text. */
async function contents(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')])));
}

describe('skills list', () => {
  it('has the sixteen, and those of the user', async () => {
    const directory = await userDirectory();
    await skillsRun(['new', 'keep-weights'], directory);
    const own = './keep-weights/src/index.js';
    const { exitStatus, json } = await skillsRun(['list', '--skill', own, '--json'], directory);
    expect(exitStatus).toBe(0);
    const { skills } = json();
    expect(skills).toHaveLength(17);
    expect(skills.every(({ description }: { description: string }) => description.length > 40)).toBe(true);
    expect(skills.at(-1)).toMatchObject({ name: 'keep-weights', kind: 'optimization', origin: 'user', code: true });
    expect((await skillsRun(['list'], directory)).stdout).toContain('phase-7-evaluate');
  });
});

describe('skills install', () => {
  it('puts all sixteen where coding agents look, and is idempotent', async () => {
    const directory = await temporaryDirectory();
    const first = (await skillsRun(['install', 'project', '--json'], directory)).json();
    expect(first.created).toHaveLength(32);
    for (const place of ['.claude/skills', '.agents/skills']) {
      expect((await readdir(join(directory, 'project', place))).sort()).toEqual([...first.skills].sort());
      const text = await readFile(join(directory, 'project', place, 'deploy-llm-on-npu', 'SKILL.md'), 'utf8');
      expect(text).toMatch(/^---\nname: deploy-llm-on-npu\n/);
    }
    const again = (await skillsRun(['install', 'project', '--json'], directory)).json();
    expect([again.created, again.replaced, again.unchanged.length]).toEqual([[], [], 32]);
  });

  it('writes nothing where a file differs, unless it is forced', async () => {
    const directory = await temporaryDirectory();
    const mine = '.agents/skills/runtime-failure/SKILL.md';
    await mkdir(join(directory, '.agents/skills/runtime-failure'), { recursive: true });
    await writeFile(join(directory, mine), 'mine');
    const refused = await skillsRun(['install', '.', '--json'], directory);
    expect(refused.exitStatus).toBe(2);
    expect(refused.json().error).toMatchObject({ code: 'usage', details: { differing: [mine] } });
    expect(await contents(directory)).toEqual({ [join(directory, mine)]: 'mine' });
    const forced = await skillsRun(['install', '.', '--force', '--json'], directory);
    expect(forced.json()).toMatchObject({ replaced: [mine] });
    expect(await readFile(join(directory, mine), 'utf8')).toContain('name: runtime-failure');
  });

  it('says what is in the way', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, '.claude'), 'a file');
    const { exitStatus, json } = await skillsRun(['install', '.', '--json'], directory);
    expect(exitStatus).toBe(2);
    expect(json().error.code).toBe('file-unwritable');
  });
});

describe('skills new', () => {
  it('makes a package whose own test passes', async () => {
    requireBuilt();
    const directory = await userDirectory();
    expect((await skillsRun(['new', 'keep-weights'], directory)).exitStatus).toBe(0);
    const place = join(directory, 'keep-weights');
    const manifest = JSON.parse(await readFile(join(place, 'package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies)).toEqual(['@tilewright/spec']);
    expect(Object.keys(manifest.devDependencies)).toEqual(['@tilewright/testkit']);
    const { stdout } = await promisify(execFile)('node', ['--test', 'test/skill.test.js'], {
      cwd: place,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toMatch(/pass 10\b/);
    expect(stdout).toMatch(/fail 0\b/);
  });

  it.each(['Keep', 'keep_weights', '../up', 'a/b', '', 'claude-skill'])('refuses the name %j', async (name) => {
    const directory = await temporaryDirectory();
    expect((await skillsRun(['new', name, '--json'], directory)).exitStatus).toBe(2);
    expect(await readdir(directory)).toEqual([]);
  });

  it('overwrites nothing', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'keep-weights'));
    await writeFile(join(directory, 'keep-weights', 'mine'), '');
    expect((await skillsRun(['new', 'keep-weights', '--json'], directory)).exitStatus).toBe(2);
    expect(await readdir(join(directory, 'keep-weights'))).toEqual(['mine']);
  });
});

describe('skills lint', () => {
  async function scaffold(): Promise<{
    directory: string;
    edit: (file: string, from: string, to: string) => Promise<void>;
  }> {
    const directory = await userDirectory();
    await skillsRun(['new', 'keep-weights'], directory);
    const edit = async (file: string, from: string, to: string): Promise<void> => {
      const path = join(directory, 'keep-weights', file);
      const text = await readFile(path, 'utf8');
      expect(text).toContain(from);
      await writeFile(path, text.replace(from, to));
    };
    return { directory, edit };
  }

  it('accepts what skills new makes, on its own situations and on ours', async () => {
    const { directory, edit } = await scaffold();
    const own = (await skillsRun(['lint', 'keep-weights', '--json'], directory)).json();
    expect(own).toMatchObject({ valid: true, document: [], code: { situations: 'own', faults: [], cases: 10 } });
    await edit('package.json', './test/trial.js', '');
    await edit('package.json', '"trial": ""', '"other": ""');
    const ours = (await skillsRun(['lint', 'keep-weights', '--json'], directory)).json();
    expect(ours).toMatchObject({ valid: true, code: { situations: 'ours', faults: [] } });
  });

  it('accepts a document without code', async () => {
    const directory = await temporaryDirectory();
    await cp(
      join(REPOSITORY, 'packages/cli/skills/phase-1-validate-kernels'),
      join(directory, 'phase-1-validate-kernels'),
      {
        recursive: true,
      },
    );
    const { exitStatus, json } = await skillsRun(['lint', 'phase-1-validate-kernels', '--json'], directory);
    expect(exitStatus).toBe(0);
    expect(json()).toMatchObject({ valid: true, code: null });
  });

  it.each([
    ['a document that breaks a rule', 'SKILL.md', 'name: keep-weights', 'name: keep-wait', /it is|folder/],
    ['code that does not load', 'src/index.js', 'export const skill', 'export const skil', /does not export a skill/],
    ['an entry that is not there', 'package.json', '"./src/index.js"', '"./src/no.js"', /names no module that exists/],
    [
      'a doc of its own',
      'src/index.js',
      "readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8')",
      "''",
      /not the text of its SKILL.md/,
    ],
    [
      'a proposal without safety',
      'src/index.js',
      "safety: 'Nothing writes a weight, so the copy that is made before the first run stays right.'",
      "safety: ''",
      /has no safety/,
    ],
    [
      'a match where nothing is',
      'src/index.js',
      'weights.length === 0 ? []',
      'weights.length < 0 ? []',
      /where it does not apply/,
    ],
    [
      'no situations in which it applies',
      'test/trial.js',
      'export const applies =',
      'export const apply =',
      /no array applies/,
    ],
    ['a trial that is not there', 'package.json', './test/trial.js', './test/none.js', /none\.js/],
  ])('rejects %s', async (_what, file, from, to, reason) => {
    const { directory, edit } = await scaffold();
    await edit(file, from, to);
    const { exitStatus, json } = await skillsRun(['lint', 'keep-weights', '--json'], directory);
    expect(exitStatus).toBe(1);
    const { valid, document, code } = json();
    expect(valid).toBe(false);
    expect([...document.map(({ message }: { message: string }) => message), ...code.faults].join('\n')).toMatch(reason);
  });

  it('asks for a directory with a SKILL.md', async () => {
    const directory = await temporaryDirectory();
    for (const name of ['.', 'nowhere']) {
      const { exitStatus, json } = await skillsRun(['lint', name, '--json'], directory);
      expect([exitStatus, json().error.code]).toEqual([2, 'file-missing']);
    }
  });
});

describe('skills try', () => {
  it('shows what a new skill finds in a plan, and touches nothing', async () => {
    const directory = await userDirectory();
    await skillsRun(['new', 'keep-weights'], directory);
    const before = await contents(join(directory, 'keep-weights'));
    const args = ['try', 'keep-weights', '--plan', 'plan.json'];
    const { exitStatus, json } = await skillsRun([...args, '--json'], directory);
    expect(exitStatus).toBe(0);
    const { skill, phases, failure } = json();
    expect([skill.id, failure]).toEqual(['keep-weights', null]);
    expect(phases.map(({ phase }: { phase: number }) => phase)).toEqual([4, 5]);
    for (const { beforeUs, matches } of phases) {
      expect(matches).toHaveLength(2);
      for (const { evidence, edits, expectedGainUs, estimatedGainUs, afterUs, problem } of matches) {
        expect(problem).toBeNull();
        expect(evidence.length).toBeGreaterThan(0);
        expect(edits.length).toBeGreaterThan(0);
        expect(afterUs + estimatedGainUs).toBeCloseTo(beforeUs, 6);
        // Its arithmetic is the estimator's, for all but the buffers' first copy.
        expect(expectedGainUs / estimatedGainUs).toBeCloseTo(1, 1);
      }
    }
    expect(await contents(join(directory, 'keep-weights'))).toEqual(before);
    expect(JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8'))).toEqual(plan);
    const { stdout } = await skillsRun(args, directory);
    expect(stdout).toContain('set-residency prefill');
    expect(stdout).toContain('the target estimates');
  });

  it('takes built-in skills by name; merging shows its edits', async () => {
    const directory = await userDirectory();
    const { json } = await skillsRun(['try', 'multi-kernel-merging', '--plan', 'plan.json', '--json'], directory);
    const [prefill] = json().phases;
    expect(prefill.matches[0].edits[0].kind).toBe('merge-dispatches');
    expect(prefill.matches[0].safety).toContain('strictly in order');
  });

  it('takes target and skill from the configuration', async () => {
    const skill = `{ specificationVersion: 'v1', kind: 'debug', id: 'trick', doc: '', match: () => [], diagnose: () => {} }`;
    const withTarget = async (target: string): Promise<string> => {
      const directory = await userDirectory();
      const text = `export default { target: '${target}', skills: [${skill}] }`;
      await writeFile(join(directory, 'tilewright.config.mjs'), text);
      return directory;
    };
    const directory = await withTarget('xdna2-sim');
    const args = ['try', 'trick', '--plan', 'plan.json', '--json'];
    expect((await skillsRun(args, directory)).json()).toMatchObject({
      skill: { id: 'trick', module: join(directory, 'tilewright.config.mjs') },
      target: { id: 'xdna2-sim' },
    });
    const refused = (await skillsRun(args, await withTarget('nonesuch'))).json();
    expect(refused.error).toMatchObject({ code: 'module-unknown', message: expect.stringContaining('nonesuch') });
  });

  it('says why an edited plan would be refused', async () => {
    const directory = await userDirectory();
    await skillsRun(['new', 'keep-weights'], directory);
    const file = join(directory, 'keep-weights/src/index.js');
    await writeFile(file, (await readFile(file, 'utf8')).replace('buffer: buffer.id,', "buffer: 'nonesuch',"));
    const { exitStatus, json } = await skillsRun(['try', 'keep-weights', '--plan', 'plan.json', '--json'], directory);
    expect(exitStatus).toBe(0);
    expect(json().phases[0].matches[0]).toMatchObject({ afterUs: null, problem: expect.stringContaining('nonesuch') });
  });

  it('gives a debug skill the failure that a plan has: it does not compile', async () => {
    const directory = await userDirectory();
    const { rows, columns } = bufferLayout('residual');
    // One stream per core and operand, on more cores than the columns have channels for.
    const elements = rows * columns.total;
    const { hostPath, ...built } = kernelDefinition('add').build(
      { elements },
      { tile: elements / 16, herdColumns: 8, herdRows: 2 },
    );
    const program: Program = { specificationVersion: 'v1', name: 'wide-add', hostPath, ...built };
    const wide = applyEdits(plan, [
      {
        ...{ kind: 'set-kernel', section: 'prefill', launch: 'attention_residual' },
        kernel: { origin: 'authored', name: 'wide-add', program },
      },
    ]);
    await writeFile(join(directory, 'wide.json'), JSON.stringify(wide));
    const { json } = await skillsRun(['try', 'routing-congestion', '--plan', 'wide.json', '--json'], directory);
    const { failure, phases } = json();
    expect(failure).toContain('does not compile');
    expect(phases).toHaveLength(1);
    expect(phases[0]).toMatchObject({ phase: 1, beforeUs: null });
    expect(phases[0].matches[0].evidence.join()).toContain('No shim tile has DMA capacity left');
  });

  it('gives a debug skill the failure of a report, and says what would cure it', async () => {
    const directory = await userDirectory();
    const stale: PlanEdit = {
      ...{ kind: 'set-residency', section: 'prefill', buffer: 'residual' },
      ...{ residency: 'device', role: 'static' },
    };
    await writeFile(join(directory, 'stale.json'), JSON.stringify(applyEdits(plan, [stale])));
    const report: GateReport = {
      ...{ specificationVersion: 'v1', gate: 'blocks', phase: 2, verdict: 'fail', summary: 'One block deviates.' },
      policyDigest: `sha256:${'0'.repeat(64)}`,
      evidence: {
        plannedComparisons: 1,
        madeComparisons: 1,
        comparedElements: 9,
        seeds: [],
        subjects: {},
        elapsedMs: 1,
      },
      ...{ comparisons: [], figures: [], firstDeviation: null },
      failures: [{ kind: 'tolerance-exceeded', subject: 'prefill', message: 'too far', limit: 0.1, value: 0.4 }],
    };
    await writeFile(join(directory, 'report.json'), JSON.stringify(report));
    const args = ['try', 'buffer-object-corruption', '--plan', 'stale.json', '--report', 'report.json', '--json'];
    const { failure, phases } = (await skillsRun(args, directory)).json();
    expect(failure).toBe('Phase 2: One block deviates.');
    expect(phases).toHaveLength(1);
    expect(phases[0].matches[0].edits).toEqual([{ ...stale, role: 'output' }]);
    expect(phases[0].matches[0].problem).toBeNull();
  });

  it.each([
    ['no plan there', ['--plan', 'none.json'], 'file-missing'],
    ['a plan that is none', ['--plan', 'node_modules/@tilewright/spec/package.json'], 'file-malformed'],
    ['a report that is none', ['--plan', 'plan.json', '--report', 'plan.json'], 'file-malformed'],
    ['no such skill', ['--plan', 'plan.json'], 'module-unknown'],
  ])('refuses: %s', async (what, args, code) => {
    const directory = await userDirectory();
    const skill = what === 'no such skill' ? 'nonesuch' : 'layout-alignment';
    const { exitStatus, json } = await skillsRun(['try', skill, ...args, '--json'], directory);
    expect([exitStatus, json().error.code]).toEqual([2, code]);
  });
});
