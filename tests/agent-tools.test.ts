import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rulesAgent } from '@tilewright/agent-rules';
import { AGENT_TOOLS, callTool, describeObservation, type ToolContext } from '@tilewright/agent-tools';
import { deploy } from '@tilewright/phases';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { Agent, Decision, Json, Observation, Program, Review } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileAlone, runOnce } from './support/run-program.ts';

const modelDirectory = fileURLToPath(new URL('../test-data/goldens/llama-gqa', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-agent-tools-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Characters of JSON that no view takes more of. */
const LARGEST_VIEW = 20_000;

/** Decisions from one look at everything to the next. */
const LOOKS_EVERY = 4;

interface Seen {
  readonly phase: number;
  readonly tool: string;
  readonly value: Json;
}
const seen: Seen[] = [];
const mistakes: string[] = [];
const turns: string[] = [];
let status = '';
let authored = '';

/** What an agent may look at, asked for in every way that the observation allows. */
function inputsOf({ proposals, attempts, reports, situation: { plan } }: Observation): Record<string, Json[]> {
  const [step] = plan.sections.prefill.layer;
  const launches = plan.sections.decode.layer.flatMap((one) => (one.kind === 'host' ? [] : one.launches));
  const launch = launches[0];
  const kernel = launch?.kernel.origin === 'registry' ? launch.kernel : null;
  return {
    show_proposal: proposals.slice(0, 3).map(({ id }) => ({ proposal: id })),
    show_plan: [
      ...[{}, { section: 'prefill' }, { section: 'decode', buffers: true }, { section: 'head', buffers: true }],
      { section: 'prefill', dispatch: step?.id ?? '', buffers: true },
      { section: 'decode', launch: launch?.id ?? '' },
    ],
    show_gate_reports: [{}, ...reports.map((_, report) => ({ report }))],
    show_attempts: [{}, ...attempts.slice(-1).map(({ attempt }) => ({ attempt }))],
    read_skill: [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS].map(({ id }) => ({ skill: id })),
    search_kernels: kernel === null ? [] : [{ kernel: kernel.name, shape: { ...kernel.shape } }],
    show_edit_format: ['fuse-launches', 'program'].map((kind) => ({ kind })),
    preview_edits: proposals.slice(0, 1).map(({ edits }) => ({ edits: edits as unknown as Json })),
  };
}

/** Looks at everything before some decisions of the rules; in phase 4 it hands in a proposal's edits as its own. */
function lookingAgent(): Agent {
  const rules = rulesAgent();
  return {
    ...rules,
    id: 'looking',
    async decide(observation, options = {}): Promise<Decision> {
      const context: ToolContext = { observation, instruments: options.instruments ?? null };
      const { phase } = observation.situation;
      turns.push(describeObservation(observation, { skills: options.instruments?.skills ?? [] }));
      const inputs = inputsOf(observation);
      const looks = observation.attempt % LOOKS_EVERY === 0 ? AGENT_TOOLS : [];
      for (const { name, effect, output } of looks) {
        for (const input of effect === 'look' ? (inputs[name] ?? [{}]) : []) {
          const result = await callTool(name, input, context);
          if (result.kind === 'mistake') mistakes.push(`${name}: ${result.problem}`);
          if (result.kind !== 'view') continue;
          expect(output?.safeParse(result.value).error, name).toBeUndefined();
          seen.push({ phase, tool: name, value: result.value });
        }
      }
      const [first] = observation.proposals;
      if (phase === 4 && authored === '' && first !== undefined) return authorFirst(first.edits, context);
      return rules.decide(observation, options);
    },
  };
}

/** What does not fit or compile comes back; what does is a decision. */
async function authorFirst(edits: Observation['proposals'][number]['edits'], context: ToolContext): Promise<Decision> {
  const { plan } = context.observation.situation;
  const author = (given: unknown) => callTool('author_edits', { edits: given, reason: 'as a skill would' }, context);
  const missing = { kind: 'remove-buffer', section: 'prefill', buffer: 'nothing' };
  expect(await author([...edits, missing])).toMatchObject({
    kind: 'mistake',
    problem: expect.stringMatching(new RegExp(`edits\\[${edits.length}\\].*there is no buffer nothing`)),
  });
  const launch = plan.sections.prefill.layer
    .flatMap((step) => (step.kind === 'host' ? [] : step.launches))
    .find(({ kernel }) => kernel.name === 'gemm');
  if (launch?.kernel.origin !== 'registry') throw new TypeError('the plan has no matrix product');
  const kernel = { ...launch.kernel, version: 99 };
  expect(await author([{ kind: 'set-kernel', section: 'prefill', launch: launch.id, kernel }])).toMatchObject({
    ...{ kind: 'mistake', problem: expect.stringContaining('not 99') },
  });
  const result = await author(edits);
  if (result.kind !== 'decision') throw new TypeError(JSON.stringify(result));
  authored = result.decision.kind;
  return result.decision;
}

beforeAll(async () => {
  const result = await deploy({
    ...{ modelDirectory, workspace: join(scratch, 'out'), target: xdna2Simulator(), agent: lookingAgent(), seed: 7 },
    ...{ skills: [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS], prefillTokens: 16, contextLength: 64 },
    reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) },
  });
  status = result.status;
}, 120_000);

const viewsOf = (tool: string, phase: number): Json[] =>
  seen.filter((one) => one.tool === tool && one.phase === phase).map(({ value }) => value);

describe('the tools on the observations of a deployment', () => {
  it('lead to a deployment, with edits of the agent’s own', () => {
    expect([status, authored]).toEqual(['deployed', 'author-edits']);
  });

  it('answer every question that can be answered', () => {
    const expected = /^(show_profile: There is no profile yet|search_kernels: The kernel registry cannot be searched)/;
    expect(mistakes.filter((problem) => !expected.test(problem))).toEqual([]);
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it('answer shortly', () => {
    for (const { tool, value } of seen) expect(JSON.stringify(value).length, tool).toBeLessThan(LARGEST_VIEW);
    for (const turn of turns) expect(turn.length).toBeLessThan(8000);
  });

  it('show the plan, the time and what was tried as they are', () => {
    expect(viewsOf('show_plan', 1)[0]).toMatchObject({ steps: { more: 0 }, contextLength: 64 });
    expect(viewsOf('show_profile', 4)[0]).toMatchObject({ timing: 'estimate', steps: { more: 0 } });
    expect(viewsOf('show_attempts', 5)[0]).toMatchObject({ attempts: { shown: expect.any(Array) } });
    expect(viewsOf('preview_edits', 4)[0]).toMatchObject({ kind: 'compiles', times: { timing: 'estimate' } });
    expect(viewsOf('read_skill', 4)[0]).toMatchObject({ text: expect.stringContaining('<untrusted source="skill ') });
    expect(turns.some((turn) => turn.includes('log of the deployment'))).toBe(true);
  });
});

it('the Program that is shown as an example runs as it stands', async () => {
  const [shown] = viewsOf('show_edit_format', 1).filter((value) => (value as { kind: string }).kind === 'program');
  const program = (shown as unknown as { example: Program }).example;
  const target = xdna2Simulator();
  const compiled = await compileAlone(target, program);
  // 1 + 2 in bf16.
  const filled = (bits: number): Uint8Array => new Uint8Array(new Uint16Array(2048).fill(bits).buffer);
  const contents = [filled(0x3f80), filled(0x4000), filled(0)];
  const { after, trespasses } = await runOnce(target, compiled, program, contents, 1, {});
  expect(trespasses).toEqual([]);
  const sum = after[2] as Uint8Array;
  expect(new Set(new Uint16Array(sum.buffer, sum.byteOffset, 2048))).toEqual(new Set([0x4040]));
});
