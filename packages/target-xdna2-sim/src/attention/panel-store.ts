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
const UNIT = Float64Array.from({ length: 256 }, (_, exponent) => blockUnit(exponent << 7));
const FINITE = 254;

/** Bits by which a value's mantissa may be shifted before it rounds to nothing. */
const SHIFTS = 10;
/** Mantissas rounded to the unit of their block, ties to even: by the shift, the sign and the value's eight bits. */
const ROUNDED = Int8Array.from({ length: SHIFTS << 9 }, (_, index) => {
  const shift = index >> 9;
  const value = (index & 0xff) / 2 ** shift;
  const below = Math.floor(value);
  const up = value - below > 0.5 || (value - below === 0.5 && below % 2 === 1);
  const magnitude = below + (up ? 1 : 0);
  return (index & 0x100) === 0 ? Math.min(magnitude, 127) : -magnitude;
});

/** Quantised panels, from the first byte that is free of the kernels' memory on. */
export class PanelStore {
  readonly #kernels: AttentionKernels;
  readonly #first: number;
  #next: number;
  #generation = 0;
  #exponents = new Uint8Array(0);
  #lowest = new Uint8Array(0);

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
    const { outers, depth } = family;
    const blocks = depth / BLOCK;
    if (this.#exponents.length < outers * blocks) this.#exponents = new Uint8Array(outers * blocks);
    if (this.#lowest.length < outers) this.#lowest = new Uint8Array(outers);
    let lowest = 255;
    let highest = 0;
    let spread = 0;
    for (let outer = 0; outer < outers; outer++) {
      let low = 255;
      let high = 0;
      for (let block = 0; block < blocks; block++) {
        const from = base + outer * family.outerStride + block * BLOCK * family.kStride;
        const exponent = blockExponent(data, from, family.kStride);
        this.#exponents[outer * blocks + block] = exponent;
        // Of nothing but zeros.
        if (exponent === 0) continue;
        if (exponent < low) low = exponent;
        if (exponent > high) high = exponent;
      }
      this.#lowest[outer] = low;
      if (high - low > spread) spread = high - low;
      if (low < lowest) lowest = low;
      if (high > highest) highest = high;
    }
    const finite = highest <= FINITE;
    const panel: Panel = {
      mantissas: this.#take(2 * outers * depth),
      blockUnits: this.#take(8 * outers * blocks),
      vectorUnits: this.#take(8 * outers),
      ...{ aligned: finite && spread <= ALIGNED_SPREAD, spread, lowest, highest, finite, sums: 0 },
    };
    if (finite) this.#write(panel, family, data, base);
    return panel;
  }

  #write(panel: Panel, family: PanelFamily, data: Uint16Array, base: number): void {
    const { outers, depth, outerStride, kStride, side } = family;
    const { int16, float64 } = this.#kernels;
    const right = side === 'right';
    const blocks = depth / BLOCK;
    const mantissas = panel.mantissas / 2;
    // From one value along k to the next, in pairs on the left.
    const pairStep = right ? 2 : 2 * outers;
    for (let outer = 0; outer < outers; outer++) {
      // Any will do for zeros.
      const low = Math.min(this.#lowest[outer] as number, FINITE);
      float64[panel.vectorUnits / 8 + outer] = UNIT[low] as number;
      for (let block = 0; block < blocks; block++) {
        const exponent = this.#exponents[outer * blocks + block] as number;
        const unitAt = right ? outer * blocks + block : block * outers + outer;
        float64[panel.blockUnits / 8 + unitAt] = UNIT[panel.aligned ? low : exponent] as number;
        const factor = panel.aligned && exponent !== 0 ? 1 << (exponent - low) : 1;
        let from = base + outer * outerStride + block * BLOCK * kStride;
        let to = mantissas + (right ? outer * depth + block * BLOCK : block * BLOCK * outers + 2 * outer);
        for (let pair = 0; pair < BLOCK / 2; pair++, to += pairStep) {
          int16[to] = mantissa(data[from] as number, exponent) * factor;
          from += kStride;
          int16[to + 1] = mantissa(data[from] as number, exponent) * factor;
          from += kStride;
        }
      }
    }
  }
}

/** The exponent of a block's largest value; 0 where all are zero. */
function blockExponent(data: Uint16Array, from: number, stride: number): number {
  let largest = 0;
  for (let i = 0, at = from; i < BLOCK; i++, at += stride) {
    const magnitude = (data[at] as number) & 0x7fff;
    if (magnitude > largest) largest = magnitude;
  }
  // Subnormal blocks share the smallest normal exponent.
  return largest === 0 ? 0 : Math.max(1, largest >> 7);
}

/** A value in units of its block, whose exponent is given. */
function mantissa(bits: number, exponent: number): number {
  const own = (bits >> 7) & 0xff;
  // A subnormal value has the smallest normal exponent, and no bit above its mantissa.
  const shift = own === 0 ? exponent : exponent - own + 1;
  if (shift >= SHIFTS) return 0;
  const value = own === 0 ? bits & 0x7f : (bits & 0x7f) | 0x80;
  return ROUNDED[(shift << 9) | ((bits >> 7) & 0x100) | value] as number;
}
