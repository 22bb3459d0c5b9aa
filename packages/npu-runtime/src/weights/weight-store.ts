import {
  layerWeight,
  MODEL_WEIGHTS,
  type PlanBuffer,
  type SectionName,
  type Tensor,
  type WeightContent,
  type WeightSource,
} from '@tilewright/spec';
import { layoutBytes } from '../layout/pack-tensor.ts';
import { interleaveWeight, packRows, type WeightRows } from './pack-weight.ts';

/** A buffer that holds a weight. */
export type WeightBuffer = PlanBuffer & { readonly content: WeightContent };

/** True for a buffer whose content is a weight. */
export function isWeightBuffer(buffer: PlanBuffer): buffer is WeightBuffer {
  return buffer.content.kind === 'matrix' || buffer.content.kind === 'vector';
}

/** Weights as the buffers want them. Packed ones are kept up to a limit, so that a model may be larger. */
export class WeightStore {
  readonly #source: WeightSource;
  readonly #limitBytes: number;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  /** In order of last use, oldest first. */
  readonly #packed = new Map<string, Uint8Array>();
  #packedBytes = 0;
  readonly #filled = new Set<string>();
  /** The tensor read last: the partitions of a head are cut from the same one. */
  #latest: { readonly name: string; readonly tensor: Tensor } | null = null;
  #embedding: Tensor | null = null;
  /** What rows are read into, where the source can do that: fresh pages for each weight would cost more than reading. */
  #memory = new Float32Array(0);

  constructor(source: WeightSource, limitBytes: number) {
    this.#source = source;
    this.#limitBytes = limitBytes;
    this.#shapes = new Map(source.list().map(({ name, shape }) => [name, shape]));
  }

  /** What tells apart the weights that buffers hold; `layer` counts for scope `layer`. */
  key(section: SectionName, buffer: WeightBuffer, layer: number): string {
    return `${section}/${buffer.id}${buffer.scope === 'layer' ? `/${layer}` : ''}`;
  }

  /** The packed bytes of a buffer in a layer (ignored for scope `model`). Not to be written to. */
  async packed(
    section: SectionName,
    buffer: WeightBuffer,
    layer: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const key = this.key(section, buffer, layer);
    let bytes = this.#packed.get(key);
    if (bytes === undefined) {
      bytes = new Uint8Array(layoutBytes(buffer.layout, buffer.format));
      await this.#pack(buffer, layer, bytes, signal);
    }
    this.#keep(key, bytes);
    return bytes;
  }

  /** Puts the packed bytes into memory of their length. They are kept from the second time on: many are wanted once. */
  async fill(
    section: SectionName,
    buffer: WeightBuffer,
    layer: number,
    into: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const key = this.key(section, buffer, layer);
    if (this.#filled.has(key)) {
      into.set(await this.packed(section, buffer, layer, signal));
      return;
    }
    await this.#pack(buffer, layer, into, signal);
    this.#filled.add(key);
  }

  /** One row of the embedding table per token, [tokens, hidden]. */
  async embeddingRows(tokens: readonly number[], signal: AbortSignal | undefined): Promise<Float32Array> {
    const name = MODEL_WEIGHTS.embedding;
    const known = this.#shapes.get(name);
    const byRow = known !== undefined && this.#source.readRows !== undefined;
    if (!byRow) this.#embedding ??= await this.#read(name, signal);
    const width = ((this.#embedding?.shape ?? known) as readonly number[])[1];
    const rows = new Float32Array(tokens.length * width);
    for (const [index, token] of tokens.entries()) {
      rows.set(await this.#rows(name, token, 1, signal).then(({ data }) => data), index * width);
    }
    return rows;
  }

  /** A vector outside the layers, in FP32. */
  async vector(name: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    return (await this.#read(name, signal)).data;
  }

  async #pack(buffer: WeightBuffer, layer: number, into: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const { content } = buffer;
    const nameOf = (weight: string): string => (buffer.scope === 'layer' ? layerWeight(layer, weight) : weight);
    packRows(await this.#wantedRows(nameOf(content.weight), content, signal), buffer, into);
    if (content.kind === 'matrix' && content.interleavedWith !== undefined) {
      interleaveWeight(await this.#wantedRows(nameOf(content.interleavedWith), content, signal), buffer, into);
    }
  }

  /** Marks packed bytes as used last, and drops the oldest beyond the limit. */
  #keep(key: string, bytes: Uint8Array): void {
    if (!this.#packed.delete(key)) this.#packedBytes += bytes.length;
    this.#packed.set(key, bytes);
    for (const [oldest, dropped] of this.#packed) {
      if (this.#packedBytes <= this.#limitBytes || oldest === key) break;
      this.#packed.delete(oldest);
      this.#packedBytes -= dropped.length;
    }
  }

  #wantedRows(name: string, content: WeightContent, signal: AbortSignal | undefined): Promise<WeightRows> {
    return content.kind === 'matrix'
      ? this.#rows(name, content.firstOutput, content.outputs, signal)
      : this.#rows(name, 0, Number.POSITIVE_INFINITY, signal);
  }

  /** At most `count` rows; valid until other ones are asked for. */
  async #rows(name: string, first: number, count: number, signal: AbortSignal | undefined): Promise<WeightRows> {
    const shape = this.#shapes.get(name);
    if (shape === undefined || this.#source.readRows === undefined) {
      const whole = await this.#read(name, signal);
      const { firstRow, rows, width } = rowsWithin(whole.shape, first, count);
      const data = whole.data.subarray(firstRow * width, (firstRow + rows) * width);
      return { shape: whole.shape, firstRow, data };
    }
    const { firstRow, rows, width } = rowsWithin(shape, first, count);
    if (this.#memory.length < rows * width) this.#memory = new Float32Array(rows * width);
    const memory = this.#memory.subarray(0, rows * width);
    const { data } = await this.#source.readRows(name, firstRow, rows, signal, memory);
    return { shape, firstRow, data };
  }

  async #read(name: string, signal: AbortSignal | undefined): Promise<Tensor> {
    if (name === MODEL_WEIGHTS.embedding && this.#embedding !== null) return this.#embedding;
    if (this.#latest?.name !== name) this.#latest = { name, tensor: await this.#source.read(name, signal) };
    return this.#latest.tensor;
  }
}

/** Which of the wanted rows there are, and how wide each is. */
function rowsWithin(
  shape: readonly number[],
  first: number,
  count: number,
): { readonly firstRow: number; readonly rows: number; readonly width: number } {
  const total = shape[0] ?? 0;
  const firstRow = Math.min(first, total);
  const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return { firstRow, rows: Math.min(count, total - firstRow), width };
}
