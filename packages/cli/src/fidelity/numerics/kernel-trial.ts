import type { KernelShape } from '@tilewright/kernel-registry';

/** Values by argument; inputs are those of bf16 numbers. */
export type TrialValues = Readonly<Record<string, Float32Array>>;

/** How a kernel is tried: with which inputs, and what exact arithmetic makes of them. */
export interface KernelTrial {
  readonly output: string;
  /** Inputs by argument, as the published harnesses draw them; `normal` is standard normal. */
  inputs(shape: KernelShape, normal: () => number): TrialValues;
  /** The output from the same inputs, sums in float64. */
  reference(inputs: TrialValues, shape: KernelShape): Float32Array;
  /** Multiply-adds of the reference: what makes a shape too large to try. */
  work(shape: KernelShape): number;
}

function draw(elements: number, normal: () => number, scale = 1): Float32Array {
  return Float32Array.from({ length: elements }, () => normal() * scale);
}

function of(values: TrialValues, name: string): Float32Array {
  return values[name] as Float32Array;
}

function size(shape: KernelShape, name: string): number {
  return shape[name] as number;
}

const gemm: KernelTrial = {
  output: 'c',
  inputs: (shape, normal) => {
    const [m, k, n] = [size(shape, 'm'), size(shape, 'k'), size(shape, 'n')];
    const scale = 1 / Math.sqrt(k);
    return { a: draw(m * k, normal, scale), b: draw(k * n, normal, scale) };
  },
  reference: (inputs, shape) => {
    const [a, b] = [of(inputs, 'a'), of(inputs, 'b')];
    const [m, k, n] = [size(shape, 'm'), size(shape, 'k'), size(shape, 'n')];
    const output = new Float32Array(m * n);
    const row = new Float64Array(n);
    for (let i = 0; i < m; i++) {
      row.fill(0);
      for (let p = 0; p < k; p++) {
        const left = a[i * k + p] as number;
        for (let j = 0; j < n; j++) row[j] = (row[j] as number) + left * (b[p * n + j] as number);
      }
      output.set(row, i * n);
    }
    return output;
  },
  work: (shape) => size(shape, 'm') * size(shape, 'k') * size(shape, 'n'),
};

const gemv: KernelTrial = {
  output: 'c',
  inputs: (shape, normal) => ({
    a: draw(size(shape, 'm') * size(shape, 'k'), normal, 4),
    x: draw(size(shape, 'k'), normal, 4),
  }),
  reference: (inputs, shape) =>
    gemm.reference({ a: of(inputs, 'a'), b: of(inputs, 'x') }, { m: size(shape, 'm'), k: size(shape, 'k'), n: 1 }),
  work: (shape) => size(shape, 'm') * size(shape, 'k'),
};

function elementwise(names: readonly string[], output: string, value: (...inputs: number[]) => number): KernelTrial {
  return {
    output,
    inputs: (shape, normal) => Object.fromEntries(names.map((name) => [name, draw(size(shape, 'elements'), normal)])),
    reference: (inputs, shape) => {
      const operands = names.map((name) => of(inputs, name));
      return Float32Array.from({ length: size(shape, 'elements') }, (_, i) =>
        value(...operands.map((operand) => operand[i] as number)),
      );
    },
    work: (shape) => 10 * size(shape, 'elements'),
  };
}

/** A norm of rows: `weight` holds a weight per element, and a bias behind them for LayerNorm. */
function rowNorm(centred: boolean): KernelTrial {
  return {
    output: 'output',
    inputs: (shape, normal) => ({
      input: draw(size(shape, 'rows') * size(shape, 'width'), normal),
      weight: draw((centred ? 2 : 1) * size(shape, 'width'), normal),
    }),
    reference: (inputs, shape) => {
      const [input, weight] = [of(inputs, 'input'), of(inputs, 'weight')];
      const width = size(shape, 'width');
      const output = new Float32Array(input.length);
      for (let start = 0; start < input.length; start += width) {
        const row = input.subarray(start, start + width);
        const mean = centred ? row.reduce((sum, value) => sum + value, 0) / width : 0;
        const square = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
        const scale = 1 / Math.sqrt(square + size(shape, 'epsilon'));
        for (let i = 0; i < width; i++) {
          const bias = centred ? (weight[width + i] as number) : 0;
          output[start + i] = ((row[i] as number) - mean) * scale * (weight[i] as number) + bias;
        }
      }
      return output;
    },
    work: (shape) => 10 * size(shape, 'rows') * size(shape, 'width'),
  };
}

const THETA = 500_000;

const rope: KernelTrial = {
  output: 'output',
  inputs: (shape, normal) => {
    const [rows, width] = [size(shape, 'rows'), size(shape, 'width')];
    const half = width / 2;
    const table = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < half; i++) {
        const angle = row * THETA ** (-i / half);
        table[row * width + i] = Math.cos(angle);
        table[row * width + half + i] = Math.sin(angle);
      }
    }
    return { input: draw(rows * width, normal), table };
  },
  reference: (inputs, shape) => {
    const [input, table] = [of(inputs, 'input'), of(inputs, 'table')];
    const half = size(shape, 'width') / 2;
    const output = new Float32Array(input.length);
    for (let start = 0; start < input.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const [x, y] = [input[i] as number, input[i + half] as number];
        const [cos, sin] = [table[i] as number, table[i + half] as number];
        output[i] = x * cos - y * sin;
        output[i + half] = x * sin + y * cos;
      }
    }
    return output;
  },
  work: (shape) => 10 * size(shape, 'rows') * size(shape, 'width'),
};

/** Heads first: [heads, rows, headDim]. */
const attention: KernelTrial = {
  output: 'output',
  inputs: (shape, normal) => {
    const perHead = size(shape, 'rows') * size(shape, 'headDim');
    const [heads, keyValueHeads] = [size(shape, 'heads'), size(shape, 'keyValueHeads')];
    return {
      q: draw(heads * perHead, normal),
      k: draw(keyValueHeads * perHead, normal),
      v: draw(keyValueHeads * perHead, normal),
    };
  },
  reference: (inputs, shape) => {
    const [rows, width, heads] = [size(shape, 'rows'), size(shape, 'headDim'), size(shape, 'heads')];
    const group = heads / size(shape, 'keyValueHeads');
    const [q, k, v] = [of(inputs, 'q'), of(inputs, 'k'), of(inputs, 'v')];
    const output = new Float32Array(q.length);
    const scores = new Float64Array(rows);
    for (let position = 0; position < heads * rows; position++) {
      const query = q.subarray(position * width, (position + 1) * width);
      const keys = Math.floor(position / rows / group) * rows;
      const seen = size(shape, 'causal') === 1 ? (position % rows) + 1 : rows;
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < seen; j++) {
        let product = 0;
        for (let d = 0; d < width; d++) product += (query[d] as number) * (k[(keys + j) * width + d] as number);
        scores[j] = product / Math.sqrt(width);
        largest = Math.max(largest, scores[j] as number);
      }
      let sum = 0;
      const value = new Float64Array(width);
      for (let j = 0; j < seen; j++) {
        const weight = Math.exp((scores[j] as number) - largest);
        sum += weight;
        for (let d = 0; d < width; d++)
          value[d] = (value[d] as number) + weight * (v[(keys + j) * width + d] as number);
      }
      for (let d = 0; d < width; d++) output[position * width + d] = (value[d] as number) / sum;
    }
    return output;
  },
  work: (shape) => 2 * size(shape, 'heads') * size(shape, 'rows') ** 2 * size(shape, 'headDim'),
};

/** Trials by the registry's name of the kernel. */
export const KERNEL_TRIALS: Readonly<Record<string, KernelTrial>> = {
  add: elementwise(['a', 'b'], 'c', (a, b) => a + b),
  'flash-attention': attention,
  gelu: elementwise(
    ['input'],
    'output',
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  gemm,
  'gemm-f32': gemm,
  gemv,
  'layer-norm': rowNorm(true),
  'rms-norm': rowNorm(false),
  rope,
  'silu-mul': elementwise(['gate', 'up'], 'output', (gate, up) => (gate / (1 + Math.exp(-gate))) * up),
};
