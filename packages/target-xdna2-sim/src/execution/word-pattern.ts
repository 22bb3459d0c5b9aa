import { type AccessPattern, BYTES_PER_ELEMENT, type StorageFormat, TilewrightError } from '@tilewright/spec';

/**
 * An access pattern without its offset, in 32-bit words (a DMA moves nothing smaller), and simplified:
 * `starts.length` groups of `rows` runs, `rowStride` apart, of `run` contiguous words each.
 */
export interface WordPattern {
  readonly words: number;
  readonly run: number;
  readonly rows: number;
  readonly rowStride: number;
  readonly starts: Int32Array;
  /** Smallest and largest word that is touched, relative to the offset. */
  readonly lowest: number;
  readonly highest: number;
}

const known = new WeakMap<AccessPattern, Map<number, WordPattern>>();

/**
 * The pattern in words. Throws `program-invalid` where 16-bit elements do not pair up into words:
 * the innermost stride must be 1, its size and all other strides even.
 */
export function wordPattern(access: AccessPattern, format: StorageFormat, place: string): WordPattern {
  const bytes = BYTES_PER_ELEMENT[format];
  const perFormat = known.get(access) ?? new Map<number, WordPattern>();
  known.set(access, perFormat);
  let pattern = perFormat.get(bytes);
  if (pattern === undefined) {
    pattern = simplify(access, 4 / bytes, place);
    perFormat.set(bytes, pattern);
  }
  return pattern;
}

function simplify(access: AccessPattern, elementsPerWord: number, place: string): WordPattern {
  const { sizes, strides } = mergeContiguous(access, place);
  let run = 1;
  if (sizes.length > 0 && strides[strides.length - 1] === 1) {
    run = sizes.pop() as number;
    strides.pop();
  }
  if (run % elementsPerWord !== 0 || strides.some((stride) => stride % elementsPerWord !== 0)) {
    throw new TilewrightError(
      'program-invalid',
      `${place} splits a 32-bit word: sizes [${access.sizes}], strides [${access.strides}].`,
      'Make inner runs even and contiguous, and the other strides even.',
      { field: place },
    );
  }
  run /= elementsPerWord;
  const wordStrides = strides.map((stride) => stride / elementsPerWord);
  const rows = sizes.pop() ?? 1;
  const rowStride = wordStrides.pop() ?? 0;
  const starts = expand(sizes, wordStrides);
  const inner = { lowest: Math.min(0, (rows - 1) * rowStride), highest: Math.max(0, (rows - 1) * rowStride) + run - 1 };
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const start of starts) {
    lowest = Math.min(lowest, start + inner.lowest);
    highest = Math.max(highest, start + inner.highest);
  }
  return { words: starts.length * rows * run, run, rows, rowStride, starts, lowest, highest };
}

/** Drops axes of one and joins axes that continue each other. */
function mergeContiguous(access: AccessPattern, place: string): { sizes: number[]; strides: number[] } {
  const sizes: number[] = [];
  const strides: number[] = [];
  if (access.sizes.length !== access.strides.length || access.sizes.some((size) => !(size >= 1))) {
    throw new TilewrightError(
      'program-invalid',
      `${place} has a malformed access pattern.`,
      'Give each size a stride.',
      {
        field: place,
        got: `sizes [${access.sizes}], strides [${access.strides}]`,
      },
    );
  }
  access.sizes.forEach((size, axis) => {
    const stride = access.strides[axis];
    if (size === 1) return;
    const last = sizes.length - 1;
    if (last >= 0 && strides[last] === size * stride) {
      sizes[last] *= size;
      strides[last] = stride;
    } else {
      sizes.push(size);
      strides.push(stride);
    }
  });
  return { sizes, strides };
}

function expand(sizes: readonly number[], strides: readonly number[]): Int32Array {
  let starts = new Int32Array(1);
  sizes.forEach((size, axis) => {
    const next = new Int32Array(starts.length * size);
    for (let i = 0; i < starts.length; i++) {
      for (let j = 0; j < size; j++) next[i * size + j] = starts[i] + j * strides[axis];
    }
    starts = next;
  });
  return starts;
}
