import { bf16ToF32, f32ToBf16NearestEven, MICROKERNELS, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from './implementations.ts';

/**
 * Published figures (facts/kernels.json) compare with a reference rounded to bf16: their largest
 * absolute errors are whole steps of bf16.
 */
function compare(got: Uint16Array, reference: ArrayLike<number>): { mean: number; largest: number; relative: number } {
  let [difference, size, largest, relative] = [0, 0, 0, 0];
  for (let i = 0; i < got.length; i++) {
    const expected = bf16ToF32(f32ToBf16NearestEven(reference[i]!));
    const error = Math.abs(bf16ToF32(got[i]!) - expected);
    difference += error;
    size += Math.abs(expected);
    largest = Math.max(largest, error);
    if (expected !== 0) relative = Math.max(relative, error / Math.abs(expected));
  }
  return { mean: difference / size, largest, relative };
}

function randomBf16(seed: number, elements: number): Uint16Array {
  const random = seededRandom(seed);
  return Uint16Array.from({ length: elements }, () => f32ToBf16NearestEven(random.normal()));
}

function call(name: string, operands: Record<string, [Uint16Array, number]>, parameters: Record<string, number>): void {
  expect(MICROKERNELS.get(name)!.limits(parameters)).toEqual([]);
  const views = Object.entries(operands).map(([operand, [data, offset]]) => [operand, { data, offset }]);
  IMPLEMENTATIONS.get(name)!(Object.fromEntries(views), parameters);
}

function normalise(rows: number, width: number, count: number, epsilon: number, seed: number) {
  const input = randomBf16(seed, rows * width);
  const weight = randomBf16(seed + 1, width);
  for (let row = 0; row < rows; row++) input.fill(0, row * width + count, (row + 1) * width);
  const output = new Uint16Array(rows * width);
  const reference = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    call('rms-norm-bf16', { row: [input, at], weight: [weight, 0], output: [output, at] }, { width, count, epsilon });
    let squares = 0;
    for (let i = 0; i < width; i++) squares += bf16ToF32(input[at + i]!) ** 2;
    const scale = 1 / Math.sqrt(squares / count + epsilon);
    for (let i = 0; i < width; i++) reference[at + i] = bf16ToF32(input[at + i]!) * scale * bf16ToF32(weight[i]!);
  }
  return { output, ...compare(output, reference) };
}

describe('rms-norm-bf16', () => {
  it.each([
    { width: 128, published: 4.6e-3 },
    { width: 896, published: 4.2e-3 },
    { width: 1024, published: 4.3e-3 },
    { width: 2048, published: 4.2e-3 },
  ])('errs as published at width $width', ({ width, published }) => {
    const { mean, relative } = normalise(Math.ceil(200_000 / width), width, width, 1e-5, 3);
    expect(Math.abs(mean / published - 1)).toBeLessThan(0.1);
    // Published: at most 2.3e-2.
    expect(relative).toBeLessThan(0.0235);
    expect(relative).toBeGreaterThan(0.0156);
  });

  it('divides by the true width and leaves padding zero', () => {
    const { mean, output } = normalise(40, 80, 68, 1e-6, 5);
    expect(mean).toBeLessThan(6e-3);
    for (let row = 0; row < 40; row++) {
      for (let i = 68; i < 80; i++) expect(Math.abs(bf16ToF32(output[row * 80 + i]!))).toBe(0);
    }
  });

  it('names the parameters that it does not take', () => {
    const { limits } = MICROKERNELS.get('rms-norm-bf16')!;
    expect(limits({ width: 100, count: 100, epsilon: 1e-5 })).toHaveLength(1);
    expect(limits({ width: 96, count: 97, epsilon: -1 })).toHaveLength(2);
  });
});

describe('rms-norm-bf16-sum', () => {
  it('errs as published: 6.9e-2 at a width of 2,048', () => {
    const [rows, width] = [64, 2048];
    const [input, weight, output] = [randomBf16(3, rows * width), randomBf16(4, width), new Uint16Array(rows * width)];
    const reference = new Float64Array(rows * width);
    const parameters = { width, count: width, epsilon: 1e-5 };
    for (let at = 0; at < rows * width; at += width) {
      call('rms-norm-bf16-sum', { row: [input, at], weight: [weight, 0], output: [output, at] }, parameters);
      let squares = 0;
      for (let i = 0; i < width; i++) squares += bf16ToF32(input[at + i]!) ** 2;
      const scale = 1 / Math.sqrt(squares / width + 1e-5);
      for (let i = 0; i < width; i++) reference[at + i] = bf16ToF32(input[at + i]!) * scale * bf16ToF32(weight[i]!);
    }
    expect(Math.abs(compare(output, reference).mean / 6.9e-2 - 1)).toBeLessThan(0.1);
  });
});

describe('layer-norm-bf16', () => {
  function normaliseLayers(rows: number, width: number, count: number) {
    const [input, output] = [randomBf16(13, rows * width), new Uint16Array(rows * width)];
    // Weight and bias, one behind the other.
    const weight = randomBf16(14, 2 * width);
    const reference = new Float64Array(rows * width);
    const parameters = { width, count, epsilon: 1e-5 };
    for (let at = 0; at < rows * width; at += width) {
      call('layer-norm-bf16', { row: [input, at], weight: [weight, 0], output: [output, at] }, parameters);
      const row = Array.from({ length: count }, (_, i) => bf16ToF32(input[at + i]!));
      const mean = row.reduce((sum, value) => sum + value, 0) / count;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      for (let i = 0; i < width; i++) {
        const scaled = i < count ? ((row[i]! - mean) / Math.sqrt(variance + 1e-5)) * bf16ToF32(weight[i]!) : 0;
        reference[at + i] = scaled + bf16ToF32(weight[width + i]!);
      }
    }
    return compare(output, reference);
  }

  it('errs as published: 4.4e-3, 0.19 at most', () => {
    const { mean, largest } = normaliseLayers(256, 768, 768);
    expect(Math.abs(mean / 4.4e-3 - 1)).toBeLessThan(0.1);
    expect(largest).toBeLessThanOrEqual(0.19);
  });

  it('takes padding into neither mean nor variance', () => {
    expect(normaliseLayers(64, 96, 83).mean).toBeLessThan(6e-3);
  });
});

describe('rope-half-split-bf16', () => {
  it.each([64, 128])('errs as published at a head of %d', (headDim) => {
    const rows = 1024;
    const input = randomBf16(7, rows * headDim);
    const table = new Uint16Array(rows * headDim);
    const output = new Uint16Array(rows * headDim);
    const reference = new Float64Array(rows * headDim);
    const half = headDim / 2;
    for (let row = 0; row < rows; row++) {
      const at = row * headDim;
      for (let i = 0; i < half; i++) {
        const angle = row * 500_000 ** (-i / half);
        table[at + i] = f32ToBf16NearestEven(Math.cos(angle));
        table[at + half + i] = f32ToBf16NearestEven(Math.sin(angle));
        const [low, high] = [bf16ToF32(input[at + i]!), bf16ToF32(input[at + half + i]!)];
        const [cosine, sine] = [bf16ToF32(table[at + i]!), bf16ToF32(table[at + half + i]!)];
        reference[at + i] = low * cosine - high * sine;
        reference[at + half + i] = low * sine + high * cosine;
      }
      const operands = { row: [input, at], table: [table, at], output: [output, at] } as const;
      call('rope-half-split-bf16', operands as never, { headDim });
    }
    const { mean, largest } = compare(output, reference);
    expect(Math.abs(mean / 2.8e-3 - 1)).toBeLessThan(0.1);
    expect(largest).toBeLessThanOrEqual(0.03125);
  });
});

describe('gelu-bf16', () => {
  it('errs as published: 8.4e-3 on the mean, 0.0156 at most', () => {
    const n = 1 << 18;
    const [input, output] = [randomBf16(15, n), new Uint16Array(n)];
    call('gelu-bf16', { input: [input, 0], output: [output, 0] }, { n });
    const reference = Float64Array.from(input, (bits) => {
      const x = bf16ToF32(bits);
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    });
    const { mean, largest } = compare(output, reference);
    expect(Math.abs(mean / 8.4e-3 - 1)).toBeLessThan(0.1);
    expect(largest).toBe(0.015625);
  });

  it('is 0 far below and the input far above', () => {
    const values = [200, -200, 0, 3e38, -3e38, 12, -12, 1e-38];
    const input = Uint16Array.from([...values, ...values].map(f32ToBf16NearestEven));
    const output = new Uint16Array(16);
    call('gelu-bf16', { input: [input, 0], output: [output, 0] }, { n: 16 });
    for (const [i, value] of values.entries()) {
      const got = bf16ToF32(output[i]!);
      if (Math.abs(value) >= 12) expect(Math.abs(got)).toBe(bf16ToF32(f32ToBf16NearestEven(Math.max(0, value))));
      else expect(Math.abs(got)).toBeLessThanOrEqual(Math.abs(value));
    }
  });
});

describe('silu-mul-bf16', () => {
  it('errs as published: 1.0e-2 on the mean, 0.125 at most', () => {
    const count = 1 << 18;
    const [gate, up, output] = [randomBf16(9, count), randomBf16(10, count), new Uint16Array(count)];
    call('silu-mul-bf16', { gate: [gate, 0], up: [up, 0], output: [output, 0] }, { count });
    const reference = Float64Array.from(gate, (bits, i) => {
      const x = bf16ToF32(bits);
      return (x / (1 + Math.exp(-x))) * bf16ToF32(up[i]!);
    });
    const { mean, largest } = compare(output, reference);
    expect(Math.abs(mean / 1.02e-2 - 1)).toBeLessThan(0.1);
    expect(largest).toBeLessThanOrEqual(0.125);
  });

  it('saturates without leaving the finite numbers', () => {
    const gate = Uint16Array.from([200, -200, 0, 3e38, -3e38, 5, -5, 1e-38].map(f32ToBf16NearestEven));
    const up = new Uint16Array(16).fill(f32ToBf16NearestEven(1));
    const output = new Uint16Array(16);
    call(
      'silu-mul-bf16',
      { gate: [Uint16Array.of(...gate, ...gate), 0], up: [up, 0], output: [output, 0] },
      { count: 16 },
    );
    const values = [...output].map(bf16ToF32);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values[0]).toBe(200);
    expect(Math.abs(values[1]!)).toBe(0);
  });
});
