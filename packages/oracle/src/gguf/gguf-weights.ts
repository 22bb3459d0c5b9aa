import { type ModelSpec, type StorageFormat, TilewrightError, weightShapes } from '@tilewright/spec';
import { modelWeights, type RowSource } from '../weights/model-weights.ts';
import type { StoredWeight } from '../weights/stored-weight.ts';
import { unsupportedInGguf } from './gguf-error.ts';
import type { GgufFile } from './gguf-file.ts';
import { interleavedRow } from './interleaved-rows.ts';
import { ggufName, ROPE_FREQUENCIES } from './tensor-names.ts';

/** Encodings that are formats of ours. The values of the others need all of FP32. */
const FORMATS: Readonly<Record<string, StorageFormat>> = { f32: 'f32', f16: 'f16', bf16: 'bf16' };

/**
 * The weights of a model from an open GGUF file, under our names and in Hugging Face's order of rows, dequantised as
 * they are read. Checks at once that all are there in their shapes and in types that we read. Closing the source
 * closes the file. Throws `tensor-missing`, `tensor-misshapen`, `tensor-dtype-unsupported`, and `feature-unsupported` for a
 * tensor that the model has no use for: to leave it out would be to compute another model.
 */
export function ggufWeights(gguf: GgufFile, model: ModelSpec): RowSource {
  const weights = [...weightShapes(model)].map(([name, shape]) => findWeight(gguf, model, name, shape));
  refuseOthers(gguf, weights);
  return modelWeights(weights, () => gguf.close());
}

function findWeight(gguf: GgufFile, model: ModelSpec, name: string, shape: readonly number[]): StoredWeight {
  const { file } = gguf;
  const stored = ggufName(name) ?? name;
  const tensor = gguf.tensors.get(stored);
  if (tensor === undefined) {
    throw new TilewrightError(
      'tensor-missing',
      `${file} has no tensor ${stored}, which its metadata call for.`,
      'Use a file that holds a whole model, or convert the model again.',
      { file, tensor: stored, expected: shape },
    );
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((extent, axis) => extent !== shape[axis])) {
    throw new TilewrightError(
      'tensor-misshapen',
      `Tensor ${stored} in ${file} has shape [${tensor.shape}], and its metadata call for [${shape}].`,
      'Convert the model again.',
      { file, tensor: stored, expected: shape, got: tensor.shape },
    );
  }
  const layout = gguf.layout(tensor);
  const interleaved = isInterleaved(model, name);
  const { name: encoding } = layout.encoding;
  return {
    ...{ name, shape, file, tensor: stored },
    format: FORMATS[encoding] ?? 'f32',
    encoding: interleaved ? `${encoding} interleaved` : encoding,
    rows: async (first, count, signal, out) => {
      const headDim = interleaved ? model.headDim : null;
      if (shape.length > 1) return gguf.read(layout, first, count, headDim, signal, out);
      const whole = await gguf.read(layout, 0, 1, null, signal);
      const ordered = interleaved ? inOurOrder(whole, model.headDim) : whole;
      return ordered.slice(first, first + count);
    },
    bytes: (signal) => gguf.bytes(layout, signal),
  };
}

/** Whether the rows are in llama.cpp's order: those of Q and K, and their biases, in the llama architecture. */
function isInterleaved({ family }: ModelSpec, name: string): boolean {
  return family === 'llama' && /\.(q|k)_proj\./.test(name);
}

function inOurOrder(stored: Float32Array, headDim: number): Float32Array {
  const ours = new Float32Array(stored.length);
  for (let row = 0; row < stored.length; row++) ours[interleavedRow(row, headDim)] = stored[row];
  return ours;
}

function refuseOthers({ tensors, file }: GgufFile, weights: readonly StoredWeight[]): void {
  const used = new Set([ROPE_FREQUENCIES, ...weights.map(({ tensor }) => tensor)]);
  const other = [...tensors.keys()].find((name) => !used.has(name));
  if (other === undefined) return;
  const remedy = 'Use a plain model of the llama, qwen2 or qwen3 architecture, without adapters.';
  throw unsupportedInGguf(file, other, 'A tensor that this architecture does not have', remedy);
}
