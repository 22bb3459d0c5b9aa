import { blockUnit } from '../microkernels/bfp16.ts';
import type { AttentionKernels } from './attention-kernels.ts';

/** A quantised operand of a product in the kernels' memory. */
export interface Panel {
  readonly mantissas: number;
  /** Units of blocks, and of whole vectors where mantissas are aligned. */
  readonly blockUnits: number;
  readonly vectorUnits: number;
  /** Mantissas of a vector share a unit. */
  readonly aligned: boolean;
  /** Largest difference of the exponents in a vector, and the lowest and highest of all. */
  readonly spread: number;
  readonly lowest: number;
  readonly highest: number;
  readonly finite: boolean;
  /** Address of each vector's sum in float64; of a right operand once it was asked for. */
  sums: number;
}

/** Panels that differ in where they begin only. */
export interface PanelFamily {
  readonly side: 'left' | 'right';
  readonly argument: number;
  readonly outerStride: number;
  readonly kStride: number;
  /** Vectors, and values of each. */
  readonly outers: number;
  readonly depth: number;
  readonly known: Map<number, Panel>;
  /** The store's, when `known` was filled. */
  generation: number;
}

const BLOCK = 8;
/** Mantissas are shifted to one exponent as long as two such vectors' blocks stay below 2^31 when multiplied. */
const ALIGNED_SPREAD = 6;
// 1.5·2^52: adding and subtracting it rounds a float64 to a whole number, ties to even.
const ROUNDER = 6755399441055744;
const PER_UNIT = Float64Array.from({ length: 256 }, (_, exponent) => 1 / blockUnit(exponent << 7));
const UNIT = PER_UNIT.map((perUnit) => 1 / perUnit);

const staged = new Float32Array(BLOCK);
const stagedBits = new Uint32Array(staged.buffer);

/** Quantised panels, from the first byte that is free of the kernels' memory on. */
export class PanelStore {
  readonly #kernels: AttentionKernels;
  readonly #first: number;
  #next: number;
  #generation = 0;
  #mantissas = new Int16Array(0);
  #exponents = new Uint8Array(0);

  constructor(kernels: AttentionKernels, first: number) {
    this.#kernels = kernels;
    this.#first = first;
    this.#next = first;
  }

  /** Forgets every panel: arguments have changed. */
  clear(): void {
    this.#next = this.#first;
    this.#generation++;
  }

  /** Makes room, so that what the next `panel`s of so many bytes return stays until then. */
  reserve(bytes: number): void {
    if (this.#next + bytes > this.#kernels.bytes.length) this.clear();
  }

  /** The panel whose first element is at `base`. */
  panel(family: PanelFamily, data: Uint16Array, base: number): Panel {
    if (family.generation !== this.#generation) {
      family.known.clear();
      family.generation = this.#generation;
    }
    let panel = family.known.get(base);
    if (panel === undefined) {
      panel = this.#quantise(family, data, base);
      family.known.set(base, panel);
    }
    return panel;
  }

  /** Address of the sum of each vector's values of a right panel, float64. */
  vectorSums({ outers, depth }: PanelFamily, panel: Panel): number {
    if (panel.sums === 0) {
      const { float64, int16 } = this.#kernels;
      panel.sums = this.#take(8 * outers);
      for (let outer = 0; outer < outers; outer++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          const unit = float64[panel.blockUnits / 8 + Math.floor((outer * depth + k) / BLOCK)] as number;
          sum += (int16[panel.mantissas / 2 + outer * depth + k] as number) * unit;
        }
        float64[panel.sums / 8 + outer] = sum;
      }
    }
    return panel.sums;
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += Math.ceil(bytes / 16) * 16;
    return at;
  }

  #quantise(family: PanelFamily, data: Uint16Array, base: number): Panel {
    const { outers, depth, outerStride, kStride, side } = family;
    const blocks = depth / BLOCK;
    if (this.#mantissas.length < outers * depth) {
      this.#mantissas = new Int16Array(outers * depth);
      this.#exponents = new Uint8Array(outers * depth);
    }
    const mantissas = this.#mantissas;
    const exponents = this.#exponents;
    let lowest = 255;
    let highest = 0;
    let spread = 0;
    for (let outer = 0; outer < outers; outer++) {
      let low = 255;
      let high = 0;
      for (let block = 0; block < blocks; block++) {
        const from = base + outer * outerStride + block * BLOCK * kStride;
        const exponent = quantiseBlock(data, from, kStride, mantissas, outer * depth + block * BLOCK);
        exponents[outer * blocks + block] = exponent;
        // Of nothing but zeros.
        if (exponent === 0) continue;
        low = Math.min(low, exponent);
        high = Math.max(high, exponent);
      }
      spread = Math.max(spread, high - low);
      lowest = Math.min(lowest, low);
      highest = Math.max(highest, high);
    }
    const finite = highest < 255;
    const aligned = finite && spread <= ALIGNED_SPREAD;
    const panel: Panel = {
      mantissas: this.#take(2 * outers * depth),
      blockUnits: this.#take(8 * outers * blocks),
      vectorUnits: this.#take(8 * outers),
      ...{ aligned, spread, lowest, highest, finite, sums: 0 },
    };
    if (finite) this.#write(panel, outers, depth, side);
    return panel;
  }

  #write(panel: Panel, outers: number, depth: number, side: 'left' | 'right'): void {
    const { int16, float64 } = this.#kernels;
    const mantissas = this.#mantissas;
    const exponents = this.#exponents;
    const blocks = depth / BLOCK;
    for (let outer = 0; outer < outers; outer++) {
      // Any will do for zeros.
      let low = 254;
      for (let block = 0; block < blocks; block++) {
        const exponent = exponents[outer * blocks + block] as number;
        if (exponent !== 0 && exponent < low) low = exponent;
      }
      float64[panel.vectorUnits / 8 + outer] = UNIT[low] as number;
      for (let block = 0; block < blocks; block++) {
        const exponent = exponents[outer * blocks + block] as number;
        const shift = panel.aligned && exponent !== 0 ? exponent - low : 0;
        const unitAt = side === 'right' ? outer * blocks + block : block * outers + outer;
        float64[panel.blockUnits / 8 + unitAt] = UNIT[panel.aligned ? low : exponent] as number;
        const from = outer * depth + block * BLOCK;
        const to = panel.mantissas / 2;
        if (side === 'right') {
          for (let k = from; k < from + BLOCK; k++) int16[to + k] = (mantissas[k] as number) << shift;
        } else {
          for (let k = 0; k < BLOCK; k++) {
            const depthAt = block * BLOCK + k;
            int16[to + ((depthAt >> 1) * outers + outer) * 2 + (depthAt & 1)] =
              (mantissas[from + k] as number) << shift;
          }
        }
      }
    }
  }
}

/** Quantises eight values to mantissas of eight bits; returns their exponent, 0 where all are zero. */
function quantiseBlock(data: Uint16Array, from: number, stride: number, out: Int16Array, to: number): number {
  let largest = 0;
  for (let i = 0, at = from; i < BLOCK; i++, at += stride) {
    const bits = data[at] as number;
    stagedBits[i] = bits << 16;
    const magnitude = bits & 0x7fff;
    if (magnitude > largest) largest = magnitude;
  }
  if (largest === 0) {
    out.fill(0, to, to + BLOCK);
    return 0;
  }
  // Subnormal blocks share the smallest normal exponent.
  const exponent = Math.max(1, largest >> 7);
  const perUnit = PER_UNIT[exponent] as number;
  for (let i = 0; i < BLOCK; i++) {
    const mantissa = (staged[i] as number) * perUnit + ROUNDER - ROUNDER;
    out[to + i] = Math.min(mantissa, 127);
  }
  return exponent;
}
