import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import type { LocalBuffer } from '../execution/local-buffer.ts';
import type { Lane } from '../lifted/lane.ts';
import type { CallInstruction, Instruction } from '../lifted/lifted-launch.ts';
import { isExactSum } from '../lifted/product-batch.ts';
import { LOWEST_BF16_BITS } from '../microkernels/attention-mask.ts';
import { scaledDifference } from '../microkernels/attention-softmax.ts';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import type { AttentionChunk, AttentionInstruction, PanelPlace } from './attention-instruction.ts';
import { type AttentionKernels, attentionKernels } from './attention-kernels.ts';
import { type Panel, PanelStore } from './panel-store.ts';
import { TILE_BYTES, type TileMemory, tileMemory } from './tile-memory.ts';
import { freshProduct, isAlignable, tileProduct } from './tile-product.ts';
import { emptyTileRange, readTileRange, type TileRange } from './tile-range.ts';

const LOWEST = bf16ToF32(LOWEST_BF16_BITS);
const ONE_BITS = 0x3f80;
const ONE_EXPONENT = 127;
const NOT_FINITE = 255;
/** Exponents of probabilities in one row that their mantissas may be shifted by. */
const SHIFTED_MOST = 8;

let panelStore: PanelStore | undefined;

/**
 * Runs a launch's attention instructions with the WebAssembly kernels; one for each run of the launch. What these
 * do not cover (values that are not finite) it leaves to `plain`: the microkernels, one by one.
 */
export class AttentionRunner {
  readonly #kernels: AttentionKernels = attentionKernels();
  readonly #panels: PanelStore;
  readonly #elements: (argument: number) => Uint16Array;
  readonly #plain: (instructions: readonly Instruction[], lane: Lane) => void;
  #memory: TileMemory = tileMemory({ queries: 0, keys: 0, width: 0 });
  #instruction: AttentionInstruction | null = null;

  /** Of the tile that is in memory. */
  #output: TileRange = emptyTileRange();
  #scores: TileRange = emptyTileRange();
  #covered = false;
  #changed = false;
  /** bf16 bits of every probability, where they are not in memory. */
  #uniform: number | null = null;
  /** bf16 bits of the probability of every masked score; null where not the same in all rows, undefined if not known. */
  #masked: number | null | undefined;

  constructor(
    elements: (argument: number) => Uint16Array,
    plain: (instructions: readonly Instruction[], lane: Lane) => void,
  ) {
    this.#elements = elements;
    this.#plain = plain;
    panelStore ??= new PanelStore(this.#kernels, TILE_BYTES);
    this.#panels = panelStore;
    this.#panels.clear();
  }

  run(instruction: AttentionInstruction, lane: Lane): void {
    if (this.#instruction !== instruction) {
      this.#instruction = instruction;
      this.#memory = tileMemory(instruction);
    }
    this.#kernels.float32[this.#memory.scale / 4] = instruction.scale;
    this.#load(instruction, lane);
    for (const chunk of instruction.chunks) {
      if (this.#attend(instruction, chunk, lane)) continue;
      this.#save(instruction, lane);
      this.#plain(chunk.plain, lane);
      this.#load(instruction, lane);
    }
    this.#save(instruction, lane);
  }

  /** One chunk; false where that is not for the kernels, with nothing changed that the core sees. */
  #attend(instruction: AttentionInstruction, chunk: AttentionChunk, lane: Lane): boolean {
    const { queries, keys, width } = instruction;
    if (!this.#covered || this.#output.highest === NOT_FINITE) return false;
    this.#panels.reserve(instruction.panelBytes);
    const value = this.#panel(chunk.value, lane);
    if (!value.finite) return false;
    // Scores of a row below key + masked do not count.
    const masked = chunk.mask === null ? -keys : maskedFrom(chunk.mask, lane);
    if (masked >= queries) {
      if (this.#attendMasked(instruction, chunk, value)) return true;
      const from = this.#memory.scores / 4;
      this.#kernels.float32.fill(LOWEST, from, from + keys * queries);
    } else {
      if (!this.#score(instruction, chunk, lane)) return false;
      if (masked > 1 - keys) this.#kernels.mask(this.#memory.scores, queries, keys, masked);
    }
    this.#changed = true;
    this.#uniform = null;
    this.#masked = undefined;
    this.#weigh(queries, keys, width, value);
    return true;
  }

  /** Scores into memory; false where one is not finite. */
  #score({ queries, keys }: AttentionInstruction, { products }: AttentionChunk, lane: Lane): boolean {
    const { scores } = this.#memory;
    for (const [index, { query, key }] of products.entries()) {
      const left = this.#panel(query, lane);
      const right = this.#panel(key, lane);
      if (!left.finite || !right.finite) return false;
      const { depth } = query.family;
      const aligned = left.aligned && isAlignable(left.spread, right, depth);
      const { mantissas, lowest, highest } = left;
      const units = aligned ? left.vectorUnits : left.blockUnits;
      const operand = { mantissas, units, aligned, lowest, highest };
      const sizes = [queries, keys, depth] as const;
      if (products.length === 1 && freshProduct(this.#kernels, this.#memory, operand, right, scores, ...sizes)) break;
      if (index === 0) {
        this.#kernels.float32.fill(0, scores / 4, scores / 4 + keys * queries);
        Object.assign(this.#scores, emptyTileRange());
      }
      tileProduct(this.#kernels, this.#memory, operand, right, scores, ...sizes, this.#scores);
      if (this.#scores.highest === NOT_FINITE) return false;
    }
    return true;
  }

  /** Softmax of the scores in memory, and the output with their values. */
  #weigh(queries: number, keys: number, width: number, value: Panel): void {
    const kernels = this.#kernels;
    const { scores, output, maximum, sum, factor, sums, exponents, lowest, mantissas, units, scale, range } =
      this.#memory;
    kernels.softmax(scores, queries, keys, maximum, sum, factor, sums, exponents, lowest, scale, range);
    const words = range / 4;
    let spread = 0;
    let least = 255;
    let highest = 0;
    let changed = 0;
    for (let lane = words; lane < words + 4; lane++) {
      spread = Math.max(spread, kernels.int32[lane] as number);
      least = Math.min(least, kernels.int32[lane + 4] as number);
      highest = Math.max(highest, kernels.int32[lane + 8] as number);
      changed |= kernels.int32[lane + 12] as number;
    }
    if (changed !== 0) {
      kernels.rescale(output, queries, width, factor, range);
      readTileRange(kernels.int32, words, this.#output);
    }
    const aligned = spread <= SHIFTED_MOST && isAlignable(spread, value, keys);
    (aligned ? kernels.quantiseAligned : kernels.quantise)(
      ...([scores, queries, keys, exponents, lowest, mantissas, units] as const),
    );
    const left = { mantissas, units, aligned, lowest: least, highest };
    tileProduct(kernels, this.#memory, left, value, output, queries, width, keys, this.#output);
  }

  /**
   * A chunk whose scores are all masked, where its probabilities are all 0, as they are once a row has seen a key,
   * or all 1, as they are before. False where it is neither of these, or sums would have an order.
   */
  #attendMasked({ queries, keys, width, scale }: AttentionInstruction, chunk: AttentionChunk, value: Panel): boolean {
    const { float32 } = this.#kernels;
    const { maximum, sum, factor, sums, output, range } = this.#memory;
    this.#masked ??= uniformProbability(float32.subarray(maximum / 4, maximum / 4 + queries), scale);
    if ((this.#masked !== 0 && this.#masked !== ONE_BITS) || this.#output.negativeZero) return false;
    let added = 0;
    if (this.#masked === ONE_BITS) {
      const own = this.#output.lowest > this.#output.highest ? null : this.#output;
      const exact = isExactSum(ONE_EXPONENT + value.lowest, ONE_EXPONENT + value.highest, keys, own);
      if (!exact) return false;
      const ofValues = this.#panels.vectorSums(chunk.value.family, value);
      this.#kernels.addSums(output, ofValues, queries, width, range);
      readTileRange(this.#kernels.int32, range / 4, this.#output);
      added = bf16ToF32(f32ToBf16NearestEven(keys));
      for (let row = sum / 4; row < sum / 4 + queries; row++) {
        float32[row] = bf16ToF32(f32ToBf16NearestEven((float32[row] as number) + added));
      }
    }
    float32.fill(1, factor / 4, factor / 4 + queries);
    float32.fill(added, sums / 4, sums / 4 + queries);
    this.#uniform = this.#masked;
    this.#changed = true;
    return true;
  }

  #panel({ family, base, shift }: PanelPlace, lane: Lane): Panel {
    const at = base + 2 * (lane.shifts[shift] as number);
    return this.#panels.panel(family, this.#elements(family.argument), at);
  }

  #load({ queries, width, output, maximum, sum }: AttentionInstruction, lane: Lane): void {
    const { uint16, int32, unpack } = this.#kernels;
    const memory = this.#memory;
    uint16.set(dataOf(lane, output).subarray(0, queries * width), memory.blocks / 2);
    unpack(memory.blocks, memory.output, queries, width, memory.range);
    readTileRange(int32, memory.range / 4, this.#output);
    this.#covered = true;
    for (const [buffer, at] of [
      [maximum, memory.maximum],
      [sum, memory.sum],
    ] as const) {
      const data = dataOf(lane, buffer);
      for (let row = 0; row < queries; row++) {
        const bits = data[row] as number;
        int32[at / 4 + row] = bits << 16;
        // A zero with a sign would lose it where nothing is added.
        if ((bits & 0x7f80) === 0x7f80 || bits === 0x8000) this.#covered = false;
      }
    }
    this.#changed = false;
    this.#uniform = null;
    this.#masked = undefined;
  }

  #save(instruction: AttentionInstruction, lane: Lane): void {
    if (!this.#changed) return;
    const { queries, keys, width } = instruction;
    const memory = this.#memory;
    this.#pack(memory.output, width, queries, dataOf(lane, instruction.output));
    if (this.#uniform === null) this.#pack(memory.scores, keys, queries, dataOf(lane, instruction.scores));
    else dataOf(lane, instruction.scores).fill(this.#uniform, 0, keys * queries);
    for (const name of ['maximum', 'sum', 'factor', 'sums'] as const) {
      const data = dataOf(lane, instruction[name]);
      const at = memory[name] / 4;
      for (let row = 0; row < queries; row++) data[row] = (this.#kernels.int32[at + row] as number) >>> 16;
    }
  }

  #pack(columns: number, count: number, queries: number, into: Uint16Array): void {
    const { blocks } = this.#memory;
    this.#kernels.pack(blocks, columns, queries, count);
    into.set(this.#kernels.uint16.subarray(blocks / 2, blocks / 2 + queries * count));
  }
}

function dataOf(lane: Lane, buffer: number): Uint16Array {
  return (lane.buffers[buffer] as LocalBuffer).data as Uint16Array;
}

/** The first row that counts for the first key. */
function maskedFrom({ call, parameters }: CallInstruction, lane: Lane): number {
  let from = 0;
  for (const [name, sign] of [
    ['keyStart', 1],
    ['queryStart', -1],
  ] as const) {
    const changing = parameters.find((parameter) => parameter.name === name);
    if (changing === undefined) {
      from += sign * (call.parameters[name] as number);
      continue;
    }
    const { constant, grid } = changing;
    from += sign * grid.reduce((value, step, axis) => value + step * (lane.grid[axis] as number), constant);
  }
  return from;
}

/** bf16 bits of what the lowest score's probability is in every row; null where rows differ. */
function uniformProbability(maxima: Float32Array, scale: number): number | null {
  let all: number | null = null;
  for (const maximum of maxima) {
    const bits = exponential2Bf16(scaledDifference(LOWEST, maximum, scale));
    if (all !== null && bits !== all) return null;
    all = bits;
  }
  return all;
}
