import {
  type BufferObject,
  type Compiled,
  type DeviceModel,
  type DispatchStep,
  type LoweredDispatch,
  type LoweredPlan,
  type ModelSpec,
  type Plan,
  type PlanBuffer,
  plainAxis,
  type ShimProcess,
  type Tap,
  type Target,
  type TargetSession,
  type Tensor,
  type WeightSource,
  weightShapes,
} from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { generate } from '../sampling/generate.ts';
import { estimateSchedule } from '../schedule/estimate-schedule.ts';
import { deployModel } from './deploy-model.ts';

// A model of two layers in which a layer computes silu_mul = input · gate (a weight vector standing in for
// all the rest) and output = input + silu_mul: small enough to compute by hand, with every mechanism in it.

const HIDDEN = 4;
const VOCABULARY = 5;

const model: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 2,
  hiddenSize: HIDDEN,
  intermediateSize: HIDDEN,
  heads: 2,
  keyValueHeads: 1,
  headDim: 2,
  vocabularySize: VOCABULARY,
  maxPositions: 16,
  rmsNormEpsilon: 0,
  rope: { theta: 10000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'f32',
  beginOfTextToken: null,
  endOfTextTokens: [],
};

const host = {
  copyBytesPerSecond: 1e9,
  syncBytesPerSecond: 2e9,
  syncUs: 3,
  flopsPerSecond: 1e9,
  transposeBytesPerSecond: 5e8,
  stepUs: 7,
  layerTokenUs: 0,
};

/** Only what the runtime reads of a device. */
const device = { id: 'by-hand', host } as DeviceModel;

function buffer(
  id: string,
  rows: number,
  content: PlanBuffer['content'],
  change: Partial<PlanBuffer> = {},
): PlanBuffer {
  return {
    id,
    role: 'input',
    residency: 'host',
    scope: 'model',
    format: 'f32',
    layout: { order: 'sequence-first', rows, heads: 1, columns: plainAxis(HIDDEN, 6) },
    content,
    ...change,
  };
}

function layerSection(rows: number, change: Record<string, Partial<PlanBuffer>> = {}): Plan['sections']['prefill'] {
  const dispatch = (id: string, bound: Record<string, string>): DispatchStep => ({
    kind: 'dispatch',
    id,
    launches: [
      {
        id,
        kernel: {
          origin: 'registry',
          name: id,
          version: 1,
          shape: {},
          config: {},
          basis: { kind: 'edited', by: 'test' },
        },
        arguments: bound,
        computes: id,
      },
    ],
  });
  return {
    buffers: [
      buffer('x', rows, { kind: 'activation', tap: 'output' }, change.x),
      buffer(
        'gate',
        1,
        { kind: 'vector', weight: 'input_norm.weight' },
        { role: 'static', scope: 'layer', ...change.gate },
      ),
      buffer('scaled', rows, { kind: 'activation', tap: 'silu_mul' }, change.scaled),
    ],
    residual: 'x',
    once: [{ kind: 'host', id: 'embedding', operation: { name: 'embedding', output: 'x' } }],
    layer: [
      dispatch('silu_mul', { input: 'x', gate: 'gate', output: 'scaled' }),
      dispatch('output', { a: 'x', b: 'scaled', c: 'x' }),
    ],
  };
}

function planOf(change: Record<string, Partial<PlanBuffer>> = {}): Plan {
  const row = { order: 'sequence-first', rows: 1, heads: 1 } as const;
  return {
    specificationVersion: 'v1',
    model,
    device: device.id,
    prefillLength: 3,
    contextLength: 5,
    sections: {
      prefill: layerSection(3, change),
      decode: layerSection(1, change),
      head: {
        buffers: [
          buffer('final_norm', 1, { kind: 'activation', tap: 'final_norm' }),
          buffer(
            'lm_head',
            VOCABULARY,
            {
              kind: 'matrix',
              weight: 'embedding.weight',
              stored: 'out-in',
              input: plainAxis(HIDDEN, 6),
              output: plainAxis(VOCABULARY),
              firstOutput: 0,
              outputs: VOCABULARY,
            },
            { role: 'static' },
          ),
          buffer(
            'logits',
            1,
            { kind: 'activation', tap: 'logits' },
            { role: 'output', layout: { ...row, columns: plainAxis(VOCABULARY) } },
          ),
        ],
        residual: null,
        once: [
          { kind: 'host', id: 'norm', operation: { name: 'final-norm', output: 'final_norm' } },
          {
            kind: 'dispatch',
            id: 'lm_head',
            launches: [
              {
                id: 'lm_head',
                kernel: {
                  origin: 'registry',
                  name: 'h',
                  version: 1,
                  shape: {},
                  config: {},
                  basis: { kind: 'edited', by: 'test' },
                },
                arguments: { a: 'lm_head', x: 'final_norm', c: 'logits' },
                computes: 'logits',
              },
            ],
          },
          { kind: 'host', id: 'gather', operation: { name: 'gather-logits', inputs: ['logits'] } },
        ],
        layer: [],
      },
    },
  };
}

/** What lowering would give: which arguments a dispatch reads and writes, and nothing that computes. */
function lowered(plan: Plan): LoweredPlan {
  const uses: Record<string, Record<string, 'read' | 'write' | 'read-write'>> = {
    silu_mul: { x: 'read', gate: 'read', scaled: 'write' },
    output: { x: 'read-write', scaled: 'read' },
    lm_head: { lm_head: 'read', final_norm: 'read', logits: 'write' },
  };
  const dispatches: LoweredDispatch[] = [];
  for (const section of ['prefill', 'decode', 'head'] as const) {
    const { once, layer, buffers } = plan.sections[section];
    for (const step of [...once, ...layer]) {
      if (step.kind !== 'dispatch') continue;
      const named = Object.entries(uses[step.id] ?? {});
      const shim = named.flatMap(([id, access]): ShimProcess[] =>
        (['put', 'get'] as const)
          .filter((kind) => access !== (kind === 'put' ? 'write' : 'read'))
          .map((kind) => ({
            name: `${id}-${kind}`,
            parallel: [],
            body: [
              {
                kind,
                channel: id,
                at: [],
                buffer: id,
                access: { offset: { constant: 0, coefficients: {} }, sizes: [1], strides: [1] },
              },
            ],
          })),
      );
      dispatches.push({
        id: `${section}/${step.id}`,
        section,
        step: step.id,
        buffers: named.map(([id]) => id),
        program: {
          specificationVersion: 'v1',
          name: step.id,
          hostPath: 'xclbin',
          arguments: named.map(([name, access]) => ({
            name,
            format: 'f32',
            elements: elementsOf(buffers, name),
            access,
          })),
          launches: [
            {
              name: step.id,
              grid: [],
              batchTiling: null,
              pingPong: 'none',
              stackBytes: 0,
              channels: [],
              shim,
              memtile: [],
              herds: [],
            },
          ],
        },
      });
    }
  }
  return { specificationVersion: 'v1', device: device.id, dispatches };
}

function elementsOf(buffers: readonly PlanBuffer[], id: string): number {
  const found = buffers.find((candidate) => candidate.id === id);
  return found === undefined ? 0 : found.layout.rows * found.layout.columns.total;
}

/** A target whose device has memory of its own and computes the three dispatches in FP32. */
function handTarget(log: string[] = []): Target {
  const memory = new Map<string, Uint8Array>();
  const view = (object: BufferObject): Float32Array => new Float32Array((memory.get(object.name) as Uint8Array).buffer);
  const session: TargetSession = {
    async allocate({ name, bytes }) {
      memory.set(name, new Uint8Array(bytes));
      return { name, bytes, host: new Uint8Array(bytes) };
    },
    async sync(object, direction) {
      const there = memory.get(object.name) as Uint8Array;
      if (direction === 'to-device') there.set(object.host);
      else object.host.set(there);
      log.push(`${direction} ${object.name}`);
      const us = host.syncUs + (object.bytes / host.syncBytesPerSecond) * 1e6;
      return { kind: 'estimate', us, parts: [], boundBy: 'sync' };
    },
    async run(dispatch, objects) {
      const [a, b, c] = objects.map(view) as [Float32Array, Float32Array, Float32Array];
      const step = dispatch.split('/')[1];
      if (step === 'silu_mul') for (let i = 0; i < c.length; i++) c[i] = a[i] * b[i % 6];
      else if (step === 'output') for (let i = 0; i < a.length; i++) a[i] += b[i];
      else for (let o = 0; o < c.length; o++) c[o] = b.reduce((sum, x, i) => sum + x * a[o * 6 + i], 0);
      return { dispatch, timing: { kind: 'estimate', us: 11, parts: [], boundBy: 'compute' } };
    },
    close: async () => {},
  };
  return {
    specificationVersion: 'v1',
    id: 'hand',
    kind: 'spatial',
    timing: 'estimate',
    device,
    supports: async () => ({ ok: true }),
    compile: async (plan) => ({ target: 'hand', lowered: plan, resources: new Map() }),
    open: async () => session,
  };
}

/** Whole numbers, so that FP32 is exact. Layer gates are 1 and 2. */
const weights: WeightSource = {
  digest: async () => 'by hand',
  list: () => [],
  close: async () => {},
  async read(name): Promise<Tensor> {
    const shape = weightShapes(model).get(name) ?? [];
    const count = shape.reduce((product, size) => product * size, 1);
    const layer = Number(/layers\.(\d)/.exec(name)?.[1] ?? 0);
    const values = name === 'embedding.weight' ? (i: number): number => ((i * 7) % 5) - 1 : (): number => layer + 1;
    return { shape, data: Float32Array.from({ length: count }, (_, i) => values(i)) };
  },
};

function embeddingRow(token: number): number[] {
  return Array.from({ length: HIDDEN }, (_, i) => (((token * HIDDEN + i) * 7) % 5) - 1);
}

/** Layer 0 doubles (x + 1·x), layer 1 triples; then RMSNorm with weight 1, and the embedding as head. */
function expectedLogits(token: number): number[] {
  const row = embeddingRow(token).map((value) => value * 6);
  const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / HIDDEN);
  return Array.from({ length: VOCABULARY }, (_, o) =>
    embeddingRow(o).reduce((sum, weight, i) => sum + weight * (row[i] as number) * scale, 0),
  );
}

async function deployed(change: Record<string, Partial<PlanBuffer>> = {}, log: string[] = []) {
  const plan = planOf(change);
  const target = handTarget(log);
  const compiled: Compiled = await target.compile(lowered(plan));
  return { plan, compiled, sequenceOf: await deployModel({ plan, compiled, target, weights }) };
}

function close(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5);
  });
}

describe('deployModel', () => {
  it('prefills and decodes, with the same logits for a token wherever it stands', async () => {
    const { sequenceOf } = await deployed();
    const sequence = sequenceOf.start();
    const all = await sequence.forward({ tokens: [1, 2, 3], logits: 'all' });
    expect(all.shape).toEqual([3, VOCABULARY]);
    [1, 2, 3].forEach((token, i) => {
      close(all.data.subarray(i * VOCABULARY, (i + 1) * VOCABULARY), expectedLogits(token));
    });
    const next = await sequence.forward({ tokens: [2] });
    expect(next.shape).toEqual([1, VOCABULARY]);
    close(next.data, expectedLogits(2));
    expect(sequence.length).toBe(4);
  });

  it('delivers taps in order, unpadded, and the same from decode', async () => {
    const { sequenceOf } = await deployed();
    const names = (taps: readonly Tap[]): string[] => taps.map((tap) => tap.name);
    const expected = ['embedding'];
    for (const layer of [0, 1])
      expected.push(...['input', 'silu_mul', 'output'].map((tap) => `layers.${layer}.${tap}`));
    expected.push('final_norm', 'logits');
    expect(sequenceOf.taps('prefill')).toEqual(['silu_mul', 'output']);

    const prefilled: Tap[] = [];
    const first = sequenceOf.start();
    await first.forward({ tokens: [1, 4], taps: 'all', logits: 'all', onTap: (tap) => void prefilled.push(tap) });
    expect(names(prefilled)).toEqual(expected);
    const output = prefilled.find((tap) => tap.name === 'layers.1.output');
    expect(output?.value.shape).toEqual([2, HIDDEN]);
    close(
      output?.value.data ?? new Float32Array(),
      [1, 4].flatMap(embeddingRow).map((value) => value * 6),
    );

    const decoded: Tap[] = [];
    const second = sequenceOf.start();
    await second.forward({ tokens: [0] });
    await second.forward({ tokens: [1, 4], taps: 'all', logits: 'all', onTap: (tap) => void decoded.push(tap) });
    expect(decoded).toEqual(prefilled);
  });

  it('puts what is fed in the place of a value, whatever lives where', async () => {
    for (const residency of ['host', 'device'] as const) {
      const { sequenceOf } = await deployed({ scaled: { residency, role: 'intermediate' } });
      const fed: Record<string, number> = { 'layers.0.input': 10, 'layers.1.silu_mul': 100 };
      const taps = new Map<string, Float32Array>();
      await sequenceOf.start().forward({
        tokens: [1, 2],
        taps: 'all',
        onTap: (tap) => void taps.set(tap.name, tap.value.data),
        feed: (tap) =>
          fed[tap] === undefined
            ? undefined
            : { shape: [2, HIDDEN], data: new Float32Array(2 * HIDDEN).fill(fed[tap]) },
      });
      expect([...(taps.get('layers.0.silu_mul') ?? [])]).toEqual(new Array(8).fill(10));
      expect([...(taps.get('layers.0.output') ?? [])]).toEqual(new Array(8).fill(20));
      // The kernel's own result is what is tapped; what follows it sees what was fed.
      expect([...(taps.get('layers.1.silu_mul') ?? [])]).toEqual(new Array(8).fill(40));
      expect([...(taps.get('layers.1.output') ?? [])]).toEqual(new Array(8).fill(120));
    }
  });

  it('feeds a decode step the row of its own token', async () => {
    const { sequenceOf } = await deployed();
    const sequence = sequenceOf.start();
    await sequence.forward({ tokens: [0] });
    const feed = (tap: string): Tensor | undefined =>
      tap === 'layers.1.output'
        ? { shape: [2, HIDDEN], data: Float32Array.from([...embeddingRow(3), ...embeddingRow(1)]) }
        : undefined;
    const logits = await sequence.forward({ tokens: [2, 2], logits: 'all', feed });
    close(logits.data, [...expectedLogits(3), ...expectedLogits(1)]);
  });

  it('takes from the first run on what stands in a static buffer, also after something overwrote it', async () => {
    // The second dispatch writes x; kept as static, x is never written again, and the second layer and the
    // second call start from what the device left there.
    const { sequenceOf } = await deployed({ x: { residency: 'device', role: 'static' } });
    const sequence = sequenceOf.start();
    const taps: number[][] = [];
    for (const token of [1, 1]) {
      const onTap = (tap: Tap): void => void taps.push([...tap.value.data]);
      await sequenceOf.start().forward({ tokens: [token], taps: new Set(['layers.1.output']), onTap });
    }
    expect(taps[0]).toEqual(embeddingRow(1).map((value) => value * 6));
    expect(taps[1]).toEqual(embeddingRow(1).map((value) => value * 36));
    expect(sequence.length).toBe(0);
  });

  it('copies and syncs by residency and role', async () => {
    const log: string[] = [];
    const { sequenceOf } = await deployed(
      {
        x: { residency: 'device', role: 'output' },
        gate: { residency: 'device' },
        scaled: { residency: 'device', role: 'intermediate' },
      },
      log,
    );
    const logits = await sequenceOf.start().forward({ tokens: [3] });
    close(logits.data, expectedLogits(3));
    expect(log.filter((line) => line.includes('prefill'))).toEqual([
      'to-device prefill/x',
      'to-device prefill/gate/0',
      'from-device prefill/x',
      'to-device prefill/gate/1',
      'from-device prefill/x',
      // The head starts from what the device has.
      'from-device prefill/x',
    ]);
    log.length = 0;
    await sequenceOf.start().forward({ tokens: [3] });
    expect(log.filter((line) => line.includes('gate'))).toEqual([]);
  });

  it('profiles exactly what the schedule is estimated at', async () => {
    for (const change of [
      {},
      { gate: { residency: 'device' } },
      { x: { residency: 'device', role: 'output' } },
    ] as const) {
      const { plan, compiled, sequenceOf } = await deployed(change);
      const estimate = { kind: 'estimate', us: 11, parts: [], boundBy: 'compute' } as const;
      const dispatchEstimates = new Map(compiled.lowered.dispatches.map(({ id }) => [id, estimate]));
      const schedule = estimateSchedule({
        plan,
        lowered: compiled.lowered,
        dispatchEstimates,
        device,
        promptTokens: 3,
      });
      // What is written on first use only is not part of the schedule: let it pass before counting.
      const warm = sequenceOf.start();
      await warm.forward({ tokens: [1, 2, 3] });
      await warm.forward({ tokens: [1] });

      const sequence = sequenceOf.start();
      const total = (): number => sequence.profile.entries.reduce((sum, entry) => sum + entry.us, 0);
      await sequence.forward({ tokens: [1, 2, 3] });
      const first = total();
      expect(first).toBeCloseTo(schedule.timeToFirstTokenUs, 6);
      await sequence.forward({ tokens: [4] });
      expect(total() - first).toBeCloseTo(schedule.decodeTokenUs, 6);
      expect(schedule.prefill.dispatches).toBe(4);
      const runs = sequence.profile.entries.filter((entry) => entry.action === 'run' && entry.section === 'prefill');
      expect(runs.map(({ step, calls }) => [step, calls])).toEqual([
        ['silu_mul', 2],
        ['output', 2],
      ]);
    }
  });

  it('refuses what does not fit the context, the vocabulary or the taps, and stays as it was', async () => {
    const { sequenceOf } = await deployed();
    const sequence = sequenceOf.start();
    await expect(sequence.forward({ tokens: [] })).rejects.toMatchObject({ code: 'usage' });
    await expect(sequence.forward({ tokens: [5] })).rejects.toMatchObject({ code: 'token-out-of-range' });
    await expect(sequence.forward({ tokens: [1, 1, 1, 1] })).rejects.toMatchObject({ code: 'context-exceeded' });
    const taps = new Set(['layers.0.q_proj']);
    await expect(sequence.forward({ tokens: [1], taps })).rejects.toMatchObject({ code: 'usage' });
    const signal = AbortSignal.abort();
    await expect(sequence.forward({ tokens: [1], signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(sequence.length).toBe(0);
    await sequence.forward({ tokens: [1, 2, 3] });
    await sequence.forward({ tokens: [1, 2] });
    await expect(sequence.forward({ tokens: [1] })).rejects.toMatchObject({ code: 'context-exceeded' });
    expect(sequence.length).toBe(5);
  });

  it('runs calls one after another, so that sequences do not disturb each other', async () => {
    const { sequenceOf } = await deployed();
    const sequences = [1, 2, 3, 4].map((token) => ({ token, sequence: sequenceOf.start() }));
    const results = await Promise.all(sequences.map(({ token, sequence }) => sequence.forward({ tokens: [token] })));
    for (const [i, { token }] of sequences.entries())
      close(results[i]?.data ?? new Float32Array(), expectedLogits(token));
  });

  it('replaces keys and values of the right length only', async () => {
    const { sequenceOf } = await deployed();
    const sequence = sequenceOf.start();
    const keys = { shape: [2, 1, 2], data: new Float32Array(4) };
    sequence.setKeyValues(0, keys, keys);
    expect(sequence.length).toBe(2);
    sequence.setKeyValues(1, keys, keys);
    const short = { shape: [1, 1, 2], data: new Float32Array(2) };
    expect(() => sequence.setKeyValues(1, short, short)).toThrow('layer 1');
    expect(() => sequence.setKeyValues(2, keys, keys)).toThrow('layer 2');
  });

  it('refuses a plan that another target compiled', async () => {
    const plan = planOf();
    const compiled = { target: 'other', lowered: lowered(plan), resources: new Map() };
    await expect(deployModel({ plan, compiled, target: handTarget(), weights })).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('generate', () => {
  it('continues greedily until a stop token, and says what each token took', async () => {
    const { sequenceOf } = await deployed();
    const greedy = (token: number): number => {
      const logits = expectedLogits(token);
      return logits.indexOf(Math.max(...logits));
    };
    const tokens: number[] = [];
    for await (const { token, us, timing } of generate(sequenceOf.start(), { prompt: [1, 3], maxTokens: 3 })) {
      tokens.push(token);
      expect(us).toBeGreaterThan(0);
      expect(timing).toBe('estimate');
    }
    expect(tokens).toEqual([greedy(3), greedy(greedy(3)), greedy(greedy(greedy(3)))]);
    const stopped: number[] = [];
    const request = { prompt: [1, 3], maxTokens: 3, stopTokens: [tokens[0] as number] };
    for await (const { token } of generate(sequenceOf.start(), request)) stopped.push(token);
    expect(stopped).toEqual([]);
  });
});
