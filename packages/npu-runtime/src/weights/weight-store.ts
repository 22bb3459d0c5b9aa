import {
  layerWeight,
  MODEL_WEIGHTS,
  type PlanBuffer,
  type SectionName,
  type Tensor,
  type WeightContent,
  type WeightSource,
} from '@tilewright/spec';
import { interleaveWeight, packWeight } from './pack-weight.ts';

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
  /** In order of last use, oldest first. */
  readonly #packed = new Map<string, Uint8Array>();
  #packedBytes = 0;
  /** The tensor read last: the partitions of a head are cut from the same one. */
  #latest: { readonly name: string; readonly tensor: Tensor } | null = null;
  #embedding: Tensor | null = null;

  constructor(source: WeightSource, limitBytes: number) {
    this.#source = source;
    this.#limitBytes = limitBytes;
  }

  /** The packed bytes of a buffer in a layer (ignored for scope `model`). Not to be written to. */
  async packed(
    section: SectionName,
    buffer: WeightBuffer,
    layer: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const perLayer = buffer.scope === 'layer';
    const key = `${section}/${buffer.id}${perLayer ? `/${layer}` : ''}`;
    let bytes = this.#packed.get(key);
    if (bytes === undefined) {
      const name = perLayer ? layerWeight(layer, buffer.content.weight) : buffer.content.weight;
      bytes = packWeight(await this.#read(name, signal), buffer);
      const { content } = buffer;
      if (content.kind === 'matrix' && content.interleavedWith !== undefined) {
        const other = perLayer ? layerWeight(layer, content.interleavedWith) : content.interleavedWith;
        interleaveWeight(await this.#read(other, signal), buffer, bytes);
      }
      this.#packedBytes += bytes.length;
    } else {
      this.#packed.delete(key);
    }
    this.#packed.set(key, bytes);
    for (const [oldest, dropped] of this.#packed) {
      if (this.#packedBytes <= this.#limitBytes || oldest === key) break;
      this.#packed.delete(oldest);
      this.#packedBytes -= dropped.length;
    }
    return bytes;
  }

  /** One row of the embedding table per token, [tokens, hidden]. */
  async embeddingRows(tokens: readonly number[], signal: AbortSignal | undefined): Promise<Float32Array> {
    this.#embedding ??= await this.#read(MODEL_WEIGHTS.embedding, signal);
    const width = this.#embedding.shape[1] as number;
    const rows = new Float32Array(tokens.length * width);
    for (const [index, token] of tokens.entries()) {
      rows.set(this.#embedding.data.subarray(token * width, (token + 1) * width), index * width);
    }
    return rows;
  }

  /** A vector outside the layers, in FP32. */
  async vector(name: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    return (await this.#read(name, signal)).data;
  }

  async #read(name: string, signal: AbortSignal | undefined): Promise<Tensor> {
    if (name === MODEL_WEIGHTS.embedding && this.#embedding !== null) return this.#embedding;
    if (this.#latest?.name !== name) this.#latest = { name, tensor: await this.#source.read(name, signal) };
    return this.#latest.tensor;
  }
}
