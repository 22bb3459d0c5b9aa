import {
  type ExponentRange,
  emptyRange,
  NOT_FINITE,
  quantiseColumns,
  quantiseKBlocks,
  quantiseVectors,
} from './block-quantiser.ts';
import type { Lane } from './lane.ts';
import type { PanelSource } from './lifted-launch.ts';
import { panelElement } from './product-kernels.ts';

/** One side of a product: vectors along k of several panels, one after the other. */
export interface QuantisedStack {
  readonly values: Float64Array;
  readonly vectors: number;
  readonly depth: number;
  /** True where a vector's values are contiguous ([vectors, depth]); else [depth, vectors]. */
  readonly byVector: boolean;
  readonly range: ExponentRange;
  /** Lowest and highest exponent of all vectors. */
  readonly lowest: number;
  readonly highest: number;
  /** Largest spread of exponents in a vector; infinite where something is not finite. */
  readonly spread: number;
}

/** Spread of exponents of one vector. */
export function spreadOf(range: ExponentRange, vector: number): number {
  const highest = range.highest[vector] as number;
  if (highest === NOT_FINITE) return Number.POSITIVE_INFINITY;
  return Math.max(0, highest - (range.lowest[vector] as number));
}

/** Bits of a float64's mantissa; products of two 8-bit mantissas need 14. */
export const EXACT_BITS = 53;
export const PRODUCT_BITS = 14;

/** Bits that the exponents of a row and a column may be apart, together, for any order of their sum to be exact. */
export function exactSpread(depth: number): number {
  return EXACT_BITS - PRODUCT_BITS - Math.ceil(Math.log2(depth));
}

/** A panel of one lane with the elements of its argument, or of the lane's own memory. */
export interface LanePanel {
  /** The same for panels that are the same; null for one in a core's memory. */
  readonly key: string | null;
  readonly lane: Lane;
  readonly source: PanelSource;
  /** The argument's elements as bf16; null where the panel lies in the core. */
  readonly elements: Uint16Array | null;
}

/** Quantises panels of `outers` vectors each into `values`. */
export function quantisedStack(
  panels: readonly LanePanel[],
  outers: number,
  depth: number,
  byVector: boolean,
  values: Float64Array,
  cache: PanelCache,
): QuantisedStack {
  const vectors = panels.length * outers;
  const range = emptyRange(vectors);
  for (const [index, panel] of panels.entries()) {
    if (byVector && panel.key !== null && depth <= PanelCache.DEEPEST) {
      cache.copy(panel, outers, depth, values, index * outers, range);
    } else quantisePanel(panel, outers, depth, byVector, values, vectors, index * outers, range);
  }
  let spread = 0;
  let lowest = NOT_FINITE;
  let highest = 0;
  for (let vector = 0; vector < vectors; vector++) {
    spread = Math.max(spread, spreadOf(range, vector));
    lowest = Math.min(lowest, range.lowest[vector] as number);
    highest = Math.max(highest, range.highest[vector] as number);
  }
  return { values, vectors, depth, byVector, range, lowest, highest, spread };
}

/** Quantised panels of arguments that many products share, for one run of a launch. */
export class PanelCache {
  /** Deeper panels are used once, in one product of the whole sum. */
  static readonly DEEPEST = 512;
  static readonly #MOST_ELEMENTS = 16 * 2 ** 20;
  readonly #known = new Map<string, { readonly values: Float64Array; readonly range: ExponentRange }>();
  #elements = 0;

  /** Writes a panel to vectors [first, first + outers) of a stack. */
  copy(
    panel: LanePanel,
    outers: number,
    depth: number,
    values: Float64Array,
    first: number,
    range: ExponentRange,
  ): void {
    const key = `${panel.key}:${outers}:${depth}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      if (this.#elements > PanelCache.#MOST_ELEMENTS) {
        this.#known.clear();
        this.#elements = 0;
      }
      known = { values: new Float64Array(outers * depth), range: emptyRange(outers) };
      quantisePanel(panel, outers, depth, true, known.values, outers, 0, known.range);
      this.#known.set(key, known);
      this.#elements += outers * depth;
    }
    values.set(known.values, first * depth);
    range.lowest.set(known.range.lowest, first);
    range.highest.set(known.range.highest, first);
  }
}

function quantisePanel(
  { lane, source, elements }: LanePanel,
  outers: number,
  depth: number,
  byVector: boolean,
  values: Float64Array,
  vectors: number,
  first: number,
  range: ExponentRange,
): void {
  if (source.kind === 'core') {
    const data = lane.buffers[source.buffer]?.data as Uint16Array;
    if (source.layout === 'k-blocks' && byVector) {
      quantiseKBlocks(data, source.offset, outers, depth, values, first, range);
      return;
    }
    const ordered = new Uint16Array(outers * depth);
    for (let outer = 0; outer < outers; outer++) {
      for (let k = 0; k < depth; k++) {
        ordered[outer * depth + k] = data[
          source.offset + panelElement(source.layout, outer, k, outers, depth)
        ] as number;
      }
    }
    quantiseVectors(ordered, 0, depth, 1, outers, depth, values, first, range);
    return;
  }
  const data = elements as Uint16Array;
  const base = source.base + 2 * (lane.shifts[source.shift] as number);
  if (byVector) {
    quantiseVectors(data, base, source.outerStride, source.kStride, outers, depth, values, first, range);
  } else {
    quantiseColumns(data, base, source.kStride, outers, depth, values, vectors, first, range);
  }
}
