import { describe, expect, it, onTestFinished } from 'vitest';
import { ggufGolden } from '../../__fixtures__/repository.ts';
import { floats, readRaw } from '../../__fixtures__/safetensors.ts';
import { GgufFile } from '../gguf-file.ts';

const TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0', 'q4_1', 'q5_0', 'q5_1', 'q4_k', 'q5_k', 'q6_k'];
const expected = await readRaw(ggufGolden('types').replace('.gguf', '.safetensors'));

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

async function open() {
  const gguf = await GgufFile.open(ggufGolden('types'));
  onTestFinished(() => gguf.close());
  return gguf;
}

describe('dequantisation', () => {
  it('has a golden for every type in the file', async () => {
    expect([...(await open()).tensors.keys()].sort()).toEqual(TYPES.map((type) => `${type}.weight`).sort());
    expect(expected.size).toBe(TYPES.length);
  });

  it.each(TYPES)("gives the bits of llama.cpp's own package for %s", async (type) => {
    const gguf = await open();
    const tensor = gguf.tensors.get(`${type}.weight`);
    if (tensor === undefined) throw new Error('no such tensor');
    const layout = gguf.layout(tensor);
    expect(layout.encoding.name).toBe(type);
    expect(tensor.shape).toEqual([4, 512]);
    const golden = floats(expected.get(`${type}.weight`));
    expect(golden.length).toBe(2048);
    expect(bits(await gguf.read(layout, 0, 4, null))).toEqual(bits(golden));
    expect(bits(await gguf.read(layout, 2, 1, null))).toEqual(bits(golden.slice(1024, 1536)));
  });
});
