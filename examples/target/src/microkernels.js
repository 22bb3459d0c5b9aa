import { bf16ToF32 } from '@tilewright/spec';

/**
 * The arithmetic of every microkernel, in FP32: this CPU has no block floating point and no truncating stores, so
 * it does better than the datapath that a signature describes. Operands are arrays by the signature's names; what is
 * left in a written one is rounded to the operand's format by the caller.
 * @type {Readonly<Record<string, (operands: Record<string, Float32Array>, parameters: Record<string, number>) => void>>}
 */
export const ARITHMETIC = {
  'add-bf16': ({ a, b, c }, { n }) => {
    for (let i = 0; i < n; i++) c[i] = a[i] + b[i];
  },
  'cast-f32-bf16': ({ a, c }) => c.set(a),
  'copy-bf16': ({ a, c }) => c.set(a),
  'fill-bf16': ({ c }, { value }) => c.fill(value),
  'zero-bf16': ({ c }) => c.fill(0),
  'zero-f32': ({ c }) => c.fill(0),
  'gemv-bf16': ({ a, x, c }, { rows, k }) => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[row * k + i] * x[i];
      c[row] += sum;
    }
  },
  'matmul-bfp16-f32': multiplyBlocks,
  'matmul-bfp16-bf16': multiplyBlocks,
  'rms-norm-bf16': ({ row, weight, output }, { width, count, epsilon }) => {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += row[i] * row[i];
    const scale = 1 / Math.sqrt(squares / count + epsilon);
    for (let i = 0; i < width; i++) output[i] = row[i] * scale * weight[i];
  },
  'rope-half-split-bf16': ({ row, table, output }, { headDim }) => {
    const half = headDim / 2;
    for (let i = 0; i < half; i++) {
      const [low, high, cosine, sine] = [row[i], row[half + i], table[i], table[half + i]];
      output[i] = low * cosine - high * sine;
      output[half + i] = high * cosine + low * sine;
    }
  },
  'silu-mul-bf16': ({ gate, up, output }, { count }) => {
    for (let i = 0; i < count; i++) output[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
  },
  'attention-scores': ({ query, key, scores }, { queries, keys, depth }) => {
    for (let row = 0; row < queries; row++) {
      for (let column = 0; column < keys; column++) {
        let sum = 0;
        for (let i = 0; i < depth; i++) sum += query[block(row, i, queries)] * key[block(column, i, keys)];
        scores[block(row, column, queries)] += sum;
      }
    }
  },
  'attention-mask': ({ scores }, { queries, keys, queryStart, keyStart }) => {
    for (let row = 0; row < queries; row++) {
      const first = Math.max(0, queryStart + row + 1 - keyStart);
      for (let column = first; column < keys; column++) scores[block(row, column, queries)] = LOWEST;
    }
  },
  'attention-softmax': ({ scores, maximum, factor, sums }, { queries, keys, scale }) => {
    for (let row = 0; row < queries; row++) {
      const before = maximum[row];
      for (let column = 0; column < keys; column++) {
        maximum[row] = Math.max(maximum[row], scores[block(row, column, queries)]);
      }
      factor[row] = 2 ** ((before - maximum[row]) * scale);
      sums[row] = 0;
      for (let column = 0; column < keys; column++) {
        const at = block(row, column, queries);
        scores[at] = 2 ** ((scores[at] - maximum[row]) * scale);
        sums[row] += scores[at];
      }
    }
  },
  'attention-sum': ({ sum, factor, sums }, { queries }) => {
    for (let row = 0; row < queries; row++) sum[row] = sum[row] * factor[row] + sums[row];
  },
  'attention-rescale': ({ output, factor }, { queries, width }) =>
    scaleRows(output, queries, width, (row) => factor[row]),
  'attention-normalise': ({ output, sum }, { queries, width }) =>
    scaleRows(output, queries, width, (row) => 1 / sum[row]),
  'attention-merge': (operands, { queries, width, scale }) => {
    const { output, maximum, sum, otherOutput, otherMaximum, otherSum } = operands;
    for (let row = 0; row < queries; row++) {
      const largest = Math.max(maximum[row], otherMaximum[row]);
      const own = 2 ** ((maximum[row] - largest) * scale);
      const other = 2 ** ((otherMaximum[row] - largest) * scale);
      for (let column = 0; column < width; column++) {
        const at = block(row, column, queries);
        output[at] = output[at] * own + otherOutput[at] * other;
      }
      sum[row] = sum[row] * own + otherSum[row] * other;
      maximum[row] = largest;
    }
  },
};

/** The lowest finite bf16 number, which stands for minus infinity. */
const LOWEST = bf16ToF32(0xff7f);

/** Where an element of a matrix of `rows` rows lies in 8x8 blocks that run down the rows. */
function block(row, column, rows) {
  return ((column >> 3) * rows + row) * 8 + (column & 7);
}

/** c[m,n] += a[m,k]·b[k,n], each in 8x8 blocks: those of a and c run over m, those of b over k. */
function multiplyBlocks({ a, b, c }, { m, k, n }) {
  for (let column = 0; column < n; column += 8) {
    for (let depth = 0; depth < k; depth++) {
      const right = column * k + depth * 8;
      for (let row = 0; row < m; row++) {
        const left = a[block(row, depth, m)];
        const at = column * m + row * 8;
        for (let i = 0; i < 8; i++) c[at + i] += left * b[right + i];
      }
    }
  }
}

/** output[rows, width] ·= factor(row), in 8x8 blocks. */
function scaleRows(output, rows, width, factor) {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) output[block(row, column, rows)] *= factor(row);
  }
}
