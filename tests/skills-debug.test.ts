import { fileURLToPath } from 'node:url';
import { applyEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import { bufferObjectCorruption, DEBUG_SKILLS, routingCongestion, runtimeFailure } from '@tilewright/skills-debug';
import {
  type AuthoredKernel,
  CompileError,
  type DebugSkill,
  type Failure,
  type GateReport,
  type Plan,
  type PlanEdit,
  type Program,
  RuntimeFault,
  type Situation,
  type Statement,
} from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { addProgram, debugSkillConformance, failingCases } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const target = xdna2Simulator();
const directory = fileURLToPath(new URL('../test-data/goldens/llama-gqa', import.meta.url));

let model: OpenModel;
let naive: Plan;
beforeAll(async () => {
  model = await openModel(directory);
  naive = naivePlan(model.spec, target.device, { prefillLength: 16, contextLength: 32 });
});
afterAll(() => model.close());

function situation(plan: Plan, failure: Failure | null, phase = 1): Situation {
  return { phase, plan, device: target.device, profile: null, failure };
}

/** The only finding of a skill, and that no other skill claims the failure. */
function onlyFinding(skill: DebugSkill, failed: Situation) {
  const claimed = DEBUG_SKILLS.filter((one) => one.match(failed).length > 0).map(({ id }) => id);
  expect(claimed).toEqual([skill.id]);
  const [match, ...more] = skill.match(failed);
  expect(more).toEqual([]);
  return skill.diagnose(failed, match as NonNullable<typeof match>);
}

/** Logits of two prompts, after one decode step each. */
async function passes(plan: Plan): Promise<readonly Float32Array[]> {
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights, execution: 'fast' });
  const logits: Float32Array[] = [];
  for (const prompt of [
    [1, 5, 9],
    [1, 8, 2, 6],
  ]) {
    const sequence = deployed.start();
    await sequence.forward({ tokens: prompt });
    logits.push((await sequence.forward({ tokens: [7] })).data);
  }
  await deployed.close();
  return logits;
}

/** The shape of the plan's first residual add, as an authored kernel with something about it changed. */
function authoredAdd(plan: Plan, change: (program: Program) => Program): PlanEdit {
  const buffer = plan.sections.decode.buffers.find(({ id }) => id === 'attention_residual');
  if (buffer === undefined) throw new Error('no attention_residual');
  const elements = buffer.layout.rows * buffer.layout.columns.total;
  const kernel: AuthoredKernel = {
    origin: 'authored',
    name: 'my-add',
    program: change(addProgram({ tiles: 1, steps: 2, tile: elements / 2 })),
  };
  return { kind: 'set-kernel', section: 'decode', launch: 'attention_residual', kernel };
}

/** Runs a decode literally and returns how it fails. */
async function hang(plan: Plan): Promise<Failure> {
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights, execution: 'literal' });
  const sequence = deployed.start();
  await sequence.forward({ tokens: [1, 5] });
  const fault = await sequence.forward({ tokens: [7] }).catch((error: unknown) => error);
  await deployed.close();
  if (!(fault instanceof RuntimeFault)) throw new Error(`expected a fault, got ${fault}`);
  return { kind: 'runtime', dispatch: fault.dispatch, fault: fault.kind, dump: fault.dump };
}

describe('a dispatch that hangs in the simulator', () => {
  const withShim = (program: Program, change: (body: readonly Statement[], name: string) => readonly Statement[]) => ({
    ...program,
    launches: program.launches.map((launch) => ({
      ...launch,
      shim: launch.shim
        .map((process) => ({ ...process, body: change(process.body, process.name) }))
        .filter(({ body }) => body.length > 0),
    })),
  });

  test('a channel that nobody fills is named, with the kernel that it is in', async () => {
    const edit = authoredAdd(naive, (program) => withShim(program, (body, name) => (name === 'b_l1' ? [] : body)));
    const plan = applyEdits(naive, [edit]);
    const finding = onlyFinding(runtimeFailure, situation(plan, await hang(plan)));
    expect(finding.cause).toMatch(/Nobody fills channel b_l1/);
    expect(finding.cause).toMatch(/attention_residual of decode\/attention_residual/);
    expect(finding.evidence.join('\n')).toMatch(/0 elements put/);
    expect(finding.evidence.join('\n')).toMatch(/has to be corrected/);
    expect(finding.edits).toEqual([]);
  });

  test('a channel that runs dry half-way is told from one that nobody fills', async () => {
    const half = (body: readonly Statement[], name: string) =>
      body.map((statement) => (statement.kind === 'for' && name === 'a_l1' ? { ...statement, extent: 1 } : statement));
    const plan = applyEdits(naive, [authoredAdd(naive, (program) => withShim(program, half))]);
    const finding = onlyFinding(runtimeFailure, situation(plan, await hang(plan)));
    expect(finding.cause).toMatch(/Channel a_l1\[0\] runs dry after \d+ elements/);
    expect(finding.evidence.join('\n')).toMatch(/In the Program: .*a_l1, \d+ elements are put at \[0\] and \d+ taken/);
  });
});

test('a kernel of the registry that hangs gets its next legal configuration', async () => {
  const failed = situation(naive, {
    kind: 'runtime',
    dispatch: 'prefill/attention',
    fault: 'timeout',
    dump: {
      actors: [
        {
          actor: 'core (0, 2) S2MM 0',
          state: 'waiting',
          waitsOn: 'channel query-key-l2-l1[0, 0] to be filled by memtile 0 DMA 0',
          at: 'get query-key-l2-l1[0, 0]',
        },
      ],
      locks: [],
      channels: [{ name: 'query-key-l2-l1[0, 0]', elementsPut: 0, elementsTaken: 0 }],
    },
  });
  const finding = onlyFinding(runtimeFailure, failed);
  expect(finding.edits).toHaveLength(1);
  const changed = applyEdits(naive, finding.edits);
  expect(changed).not.toEqual(naive);
  await target.compile(lowerPlan(changed, target.device));
});

describe('a buffer that stays on the device under a false role', () => {
  const failedGate: Failure = {
    kind: 'gate',
    report: {
      specificationVersion: 'v1',
      gate: 'model',
      phase: 3,
      verdict: 'fail',
      summary: 'logits leave the tolerance.',
      policyDigest: 'sha256:0',
      evidence: {
        plannedComparisons: 1,
        madeComparisons: 1,
        comparedElements: 1,
        seeds: [1],
        subjects: {},
        elapsedMs: 1,
      },
      comparisons: [],
      figures: [],
      failures: [{ kind: 'tolerance-exceeded', subject: 'decode logits', message: 'too far', limit: 0, value: 1 }],
      firstDeviation: { layer: 0, kernel: 'input_norm', section: 'decode' },
    } satisfies GateReport,
  };
  const cases: readonly { what: string; edit: PlanEdit; firstPassHolds: boolean }[] = [
    {
      what: 'a static buffer that a launch overwrites',
      edit: { kind: 'set-residency', section: 'prefill', buffer: 'residual', residency: 'device', role: 'static' },
      firstPassHolds: false,
    },
    {
      what: 'a static buffer that a host step makes anew',
      edit: {
        kind: 'set-residency',
        section: 'decode',
        buffer: 'rope_table.query',
        residency: 'device',
        role: 'static',
      },
      firstPassHolds: true,
    },
    {
      what: 'an intermediate that a host step reads',
      edit: { kind: 'set-residency', section: 'decode', buffer: 'k_rope', residency: 'device', role: 'intermediate' },
      firstPassHolds: false,
    },
  ];

  test.each(cases)('$what is found and cured', async ({ edit, firstPassHolds }) => {
    const expected = await passes(naive);
    const spoiled = applyEdits(naive, [edit]);
    const wrong = await passes(spoiled);
    expect(wrong[1]).not.toEqual(expected[1]);
    if (firstPassHolds) expect(wrong[0]).toEqual(expected[0]);
    const finding = onlyFinding(bufferObjectCorruption, situation(spoiled, failedGate, 3));
    expect(await passes(applyEdits(spoiled, finding.edits))).toEqual(expected);
  });

  test('a plan whose roles are true is not accused', () => {
    expect(bufferObjectCorruption.match(situation(naive, failedGate, 3))).toEqual([]);
  });
});

describe('a plan that does not route', () => {
  test('too many streams from the shim are explained by the real diagnostics', async () => {
    const wide = (program: Program): Program => {
      // Sixteen cores with two inputs each: 32 streams for the 16 channels of the array.
      const elements = program.arguments[0]?.elements ?? 0;
      const base = addProgram({ tiles: 16, steps: 1, tile: elements / 16 });
      const text = JSON.stringify(base).replace('"columns":16,"rows":1', '"columns":8,"rows":2');
      const folded = JSON.parse(text) as Program;
      return {
        ...folded,
        launches: folded.launches.map((launch) => ({
          ...launch,
          channels: launch.channels.map((channel) => ({ ...channel, shape: [16] })),
          herds: launch.herds.map((herd) => ({
            ...herd,
            body: JSON.parse(
              JSON.stringify(herd.body).replaceAll('"coefficients":{"x":1}', '"coefficients":{"x":1,"y":8}'),
            ),
          })),
        })),
      };
    };
    const plan = applyEdits(naive, [authoredAdd(naive, wide)]);
    const error = await target.compile(lowerPlan(plan, target.device)).catch((caught: unknown) => caught);
    if (!(error instanceof CompileError)) throw new Error(`expected diagnostics, got ${error}`);
    const finding = onlyFinding(
      routingCongestion,
      situation(plan, { kind: 'compile', diagnostics: error.diagnostics }),
    );
    expect(finding.cause).toMatch(/attention_residual of decode\/attention_residual wants 32 channels/);
    expect(finding.evidence.join('\n')).toMatch(/smaller herd/);
  });

  test('a kernel of the registry gets a configuration with fewer streams, which compiles', async () => {
    const failed = situation(naive, {
      kind: 'compile',
      diagnostics: [
        {
          code: 'routing-congested',
          dispatch: 'prefill/gate_proj',
          launch: 'gate_proj',
          resource: 'stream switch wires from memtile 3 to core (3, 2)',
          needed: 7,
          available: 6,
          unit: 'wires',
          place: { column: 3, row: 1 },
          message: 'Column 3: 7 streams want the 6 wires.',
          cure: 'Use fewer streams.',
        },
      ],
    });
    const finding = onlyFinding(routingCongestion, failed);
    expect(finding.cause).toMatch(/in column 3/);
    const plan = applyEdits(naive, finding.edits);
    const streams = (of: Plan) =>
      lowerPlan(of, target.device)
        .dispatches.find(({ id }) => id === 'prefill/gate_proj')
        ?.program.launches[0]?.channels.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0) as number;
    expect(streams(plan)).toBeLessThan(streams(naive));
    await target.compile(lowerPlan(plan, target.device));
    expect(JSON.stringify(finding.edits)).toContain('"basis":{"kind":"edited","by":"routing-congestion"}');
  });
});

test('the skills conform', async () => {
  const hung = applyEdits(naive, [
    authoredAdd(naive, (program) => ({
      ...program,
      launches: program.launches.map((launch) => ({
        ...launch,
        shim: launch.shim.filter(({ name }) => name !== 'a_l1'),
      })),
    })),
  ]);
  const failed = situation(hung, await hang(hung));
  const cases = debugSkillConformance({
    skill: runtimeFailure,
    applies: [failed],
    doesNotApply: [situation(naive, null), situation(naive, { kind: 'compile', diagnostics: [] })],
    applyEdits,
  });
  expect(await failingCases(cases)).toEqual([]);
});
