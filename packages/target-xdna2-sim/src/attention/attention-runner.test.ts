import { type SeededRandom, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import type { LocalBuffer } from '../execution/local-buffer.ts';
import type { Lane } from '../lifted/lane.ts';
import type { CallInstruction, Instruction, LiftedCore, ProductInstruction } from '../lifted/lifted-launch.ts';
import { panelElement } from '../lifted/product-kernels.ts';
import { attentionScores } from '../microkernels/attention-scores.ts';
import { matmulBfp16Bf16 } from '../microkernels/matmul-bfp16.ts';
import type { MicrokernelImplementation } from '../microkernels/microkernel.ts';
import { AttentionRunner } from './attention-runner.ts';
import { fuseAttention } from './fuse-attention.ts';

const NAMES = ['scores', 'output', 'maximum', 'sum', 'factor', 'sums'] as const;
const number = (name: (typeof NAMES)[number]): number => NAMES.indexOf(name);
const LOWEST = 0xff7f;

interface Case {
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly depths: readonly number[];
  readonly chunks: number;
  readonly queryStart: number | null;
  /** bf16 [queries, depth], [chunks · keys, depth], [chunks · keys, width]. */
  readonly arguments: readonly Uint16Array[];
  readonly output: Uint16Array;
  readonly maximum: Uint16Array;
  readonly sum: Uint16Array;
}

/** bf16 bits, one after the other; drawn anew for each case. */
type Values = (random: SeededRandom) => () => number;

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);
function bf16(value: number): number {
  real[0] = value;
  return (word[0] as number) >>> 16;
}

const scaled =
  (scale: (random: SeededRandom) => number): Values =>
  (random) => {
    const by = scale(random);
    return () => bf16(by * random.normal());
  };

const VALUES: Readonly<Record<string, Values>> = {
  normal: scaled(() => 1),
  'from even probabilities to far apart ones': scaled((random) => random.normal() ** 2 * 2),
  'differences that 2^x rounds away': scaled((random) => 2 ** -random.integer(18, 26)),
  'far apart': (random) => () => bf16(random.normal() * 2 ** random.integer(-30, 31)),
  'a few far larger': (random) => () => bf16(random.normal() * (random.integer(0, 12) === 0 ? 200 : 1)),
  'powers of two and zeros': (random) => () => bf16(random.pick([0, -0, 1, -1, 2, 0.5, -0.25])),
  negative: (random) => () => bf16(-0.1 - Math.abs(random.normal())),
  'halves: ties': (random) => () => bf16(random.integer(-255, 256) / 2),
  subnormal: (random) => () => random.pick([0, 0x8000]) | random.integer(0, 0x100),
  tiny: scaled(() => 1e-30),
  large: scaled(() => 1e18),
  'overflowing, some not finite': (random) => () =>
    random.integer(0, 200) === 0 ? random.pick([0x7f80, 0xff80, 0x7fc0]) : bf16(random.normal() * 1e19),
  'any bits': (random) => () => random.integer(0, 0x10000),
};

function draw(random: SeededRandom, values: Values): Case {
  const queries = 16 * random.integer(1, 4);
  const keys = 16 * random.integer(1, 4);
  const width = 16 * random.integer(1, 4);
  const depths = random.pick([[16], [32], [64], [16, 16], [32, 8]]);
  const chunks = random.integer(1, 4);
  const depth = depths.reduce((sum, each) => sum + each, 0);
  const fill = (count: number, from: Values): Uint16Array => {
    const next = from(random);
    return Uint16Array.from({ length: count }, next);
  };
  const always =
    (bits: number): Values =>
    () =>
    () =>
      bits;
  const begun = random.integer(0, 2) === 0;
  // Some maxima so large that no key has a probability beside them.
  const maxima: Values = (from) => () => bf16(from.pick([from.normal(), 1e4]));
  const positive: Values = (from) => () => bf16(Math.abs(from.normal()));
  return {
    ...{ queries, keys, width, depths, chunks },
    queryStart: random.pick([null, 0, 16, 24, 7, -keys, chunks * keys]),
    arguments: [
      fill(queries * depth, values),
      fill(chunks * keys * depth, values),
      fill(chunks * keys * width, random.pick([values, VALUES.normal, VALUES.negative]) as Values),
    ],
    output: fill(queries * width, begun ? random.pick([values, always(0x8000)]) : always(0)),
    maximum: fill(queries, begun ? maxima : always(LOWEST)),
    sum: fill(queries, begun ? positive : always(0)),
  };
}

function laneOf({ queries, keys, output, maximum, sum }: Case): Lane {
  const contents = {
    scores: new Uint16Array(queries * keys),
    output,
    maximum,
    sum,
    factor: new Uint16Array(queries),
    sums: new Uint16Array(queries),
  };
  const buffers = NAMES.map((name): LocalBuffer => {
    const data = contents[name].slice();
    const words = new Int32Array(data.buffer);
    return { name, format: 'bf16', elements: data.length, accumulator: false, data, words };
  });
  const core: LiftedCore = { buffers, instructions: [] };
  return { core, buffers, grid: Int32Array.of(), shifts: Int32Array.of(0), values: [], at: 0, product: null };
}

function callOf(
  name: string,
  buffers: Readonly<Record<string, (typeof NAMES)[number]>>,
  parameters: Record<string, number>,
): CallInstruction {
  const microkernel = XDNA2_MICROKERNELS.get(name) as CallInstruction['call']['microkernel'];
  const operands = Object.entries(buffers);
  const call = {
    microkernel,
    views: {},
    parameters,
    operands: operands.map(([operand]) => ({ name: operand })),
    variables: [],
  } as unknown as CallInstruction['call'];
  return {
    code: 'call',
    call,
    operands: operands.map(([, buffer]) => ({ buffer: number(buffer), offset: 0, argument: null })),
    parameters: [],
  };
}

function instructionsOf({ queries, keys, width, depths, chunks, queryStart }: Case): readonly Instruction[] {
  const depth = depths.reduce((sum, each) => sum + each, 0);
  const sizes = { queries, keys };
  const argument = (index: number, base: number, outerStride: number, kStride: number) =>
    ({ kind: 'argument', argument: index, shift: 0, base, outerStride, kStride }) as const;
  const product = (fields: Pick<ProductInstruction, 'm' | 'n' | 'k' | 'a' | 'b' | 'buffer'>): ProductInstruction => ({
    ...{ code: 'product', offset: 0, rounds: true },
    ...fields,
  });
  return Array.from({ length: chunks }, (_, chunk) => {
    let first = 0;
    const scored = depths.map((k) => {
      const [a, b] = [argument(0, first, depth, 1), argument(1, chunk * keys * depth + first, depth, 1)];
      first += k;
      return product({ m: queries, n: keys, k, a, b, buffer: number('scores') });
    });
    return [
      callOf('zero-bf16', { c: 'scores' }, { n: queries * keys }),
      ...scored,
      ...(queryStart === null
        ? []
        : [callOf('attention-mask', { scores: 'scores' }, { ...sizes, queryStart, keyStart: chunk * keys })]),
      callOf(
        'attention-softmax',
        { scores: 'scores', maximum: 'maximum', factor: 'factor', sums: 'sums' },
        { ...sizes, scale: 0.18 },
      ),
      callOf('attention-rescale', { output: 'output', factor: 'factor' }, { queries, width }),
      product({
        ...{ m: queries, n: width, k: keys, buffer: number('output') },
        a: { kind: 'core', buffer: number('scores'), offset: 0, layout: 'k-blocks' },
        b: argument(2, chunk * keys * width, 1, width),
      }),
      callOf('attention-sum', { sum: 'sum', factor: 'factor', sums: 'sums' }, { queries }),
    ];
  }).flat();
}

/** Runs instructions by the microkernels' readable form. */
function runReadable(instructions: readonly Instruction[], lane: Lane, arguments_: readonly Uint16Array[]): void {
  const view = (buffer: number) => ({ data: (lane.buffers[buffer] as LocalBuffer).data, offset: 0 });
  for (const instruction of instructions) {
    if (instruction.code === 'call') {
      const { call, operands } = instruction;
      const views = call.operands.map(({ name }, index) => [name, view(operands[index]?.buffer as number)]);
      call.microkernel.implementation(Object.fromEntries(views), call.parameters);
    }
    if (instruction.code !== 'product') continue;
    const { m, n, k, a, b, buffer } = instruction;
    const panel = (source: ProductInstruction['a'], outers: number, layout: 'k-blocks' | 'k-n-blocks') => {
      if (source.kind === 'core') return view(source.buffer);
      const data = new Uint16Array(outers * k);
      for (let outer = 0; outer < outers; outer++) {
        for (let at = 0; at < k; at++) {
          const from = source.base + outer * source.outerStride + at * source.kStride;
          data[panelElement(layout, outer, at, outers, k)] = arguments_[source.argument]?.[from] as number;
        }
      }
      return { data, offset: 0 };
    };
    const scores = buffer === number('scores');
    const left = panel(a, m, 'k-blocks');
    const right = panel(b, n, scores ? 'k-blocks' : 'k-n-blocks');
    const run: MicrokernelImplementation = scores ? attentionScores : matmulBfp16Bf16;
    run(
      { query: left, a: left, key: right, b: right, scores: view(buffer), c: view(buffer) },
      { m, n, k, queries: m, keys: n, depth: k },
    );
  }
}

describe('attention by kernels', () => {
  it.each(Object.entries(VALUES))('has the bits of the microkernels one by one: %s', (_, values) => {
    const random = seededRandom(11);
    let byKernels = 0;
    let cases = 0;
    for (; cases < 40; cases++) {
      const drawn = draw(random, values);
      const instructions = instructionsOf(drawn);
      const fused = fuseAttention({ buffers: [], instructions }, new Map()).instructions;
      expect(fused.map(({ code }) => code)).toEqual(['attention']);
      const [expected, found] = [laneOf(drawn), laneOf(drawn)];
      runReadable(instructions, expected, drawn.arguments);
      let readable = 0;
      const runner = new AttentionRunner(
        (argument) => drawn.arguments[argument] as Uint16Array,
        (plain, lane) => {
          readable++;
          runReadable(plain, lane, drawn.arguments);
        },
      );
      for (const each of fused) if (each.code === 'attention') runner.run(each, found);
      if (readable === 0) byKernels++;
      for (const [index, name] of NAMES.entries()) {
        expect(found.buffers[index]?.data, `${name} of case ${cases}`).toEqual(expected.buffers[index]?.data);
      }
    }
    // Not all by falling back.
    if (values === VALUES.normal) expect(byKernels).toBe(cases);
  });

  it('keeps what is in between, and what is not quite attention, as it is', () => {
    const drawn = draw(seededRandom(1), VALUES.normal as Values);
    const chunk = instructionsOf({ ...drawn, chunks: 1, queryStart: null });
    const other = callOf('zero-bf16', { c: 'sums' }, { n: drawn.queries });
    const codes = (instructions: readonly Instruction[]): string[] =>
      fuseAttention({ buffers: [], instructions }, new Map()).instructions.map(({ code }) => code);
    expect(codes([other, ...chunk, other, ...chunk, ...chunk])).toEqual(['call', 'attention', 'call', 'attention']);
    for (let left = 0; left < chunk.length; left++) {
      const without = chunk.filter((_, index) => index !== left);
      if (chunk[left]?.code === 'product' && drawn.depths.length > 1 && left < chunk.length - 2) continue;
      expect(codes(without)).toEqual(without.map(({ code }) => code));
    }
  });
});
