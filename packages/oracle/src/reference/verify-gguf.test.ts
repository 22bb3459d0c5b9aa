import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GGUF_MODELS, ggufGolden, golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { editTensors, floats } from '../__fixtures__/safetensors.ts';
import { editJson, temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { hasGolden } from './golden-place.ts';
import { verifyAgainstGolden } from './verify.ts';

/** A copy of a model, its golden and the record of digests. */
async function copied(name: string): Promise<string> {
  const directory = await temporaryDirectory();
  const file = join(directory, 'model.gguf');
  await cp(ggufGolden(name), file);
  await cp(`${ggufGolden(name)}.golden.safetensors`, `${file}.golden.safetensors`);
  return file;
}

describe('verification of a GGUF file', () => {
  it.each(GGUF_MODELS)('%s passes, with its digest', async (name) => {
    const result = await verifyAgainstGolden(ggufGolden(name));
    expect(result).toMatchObject({ passed: true, failures: [], compared: { taps: 1, digests: 1 } });
    expect(result.compared.elements).toBe(97 * (name.startsWith('tiny') ? 2048 : 320));
    expect(result.maxAbsoluteError).toBeLessThan(1e-4);
  });

  it('fails for another value, with its place', async () => {
    const file = await copied('qwen2-bias.bf16');
    await editTensors(`${file}.golden.safetensors`, (tensors) => {
      floats(tensors.get('logits'))[320 * 5 + 7] += 0.01;
    });
    const result = await verifyAgainstGolden(file);
    expect(result).toMatchObject({ passed: false, compared: { digests: 0 } });
    expect(result.firstDifference).toMatchObject({
      kind: 'tolerance-exceeded',
      tap: 'logits',
      index: [5, 7],
      outside: 1,
    });
  });

  it('fails for a file whose digest is another', async () => {
    const file = await copied('qwen2-bias.bf16');
    const record = join(file, '../golden.json');
    await cp(join(ggufGolden('types'), '../golden.json'), record);
    await editJson(record, (value) => {
      value.sha256 = { 'model.gguf': '0'.repeat(64) };
    });
    const { failures } = await verifyAgainstGolden(file);
    expect(failures).toMatchObject([{ kind: 'digest-mismatch', file: 'model.gguf', expected: '0'.repeat(64) }]);
  });

  it('says where there is nothing to compare, or nothing that can be', async () => {
    await expect(verifyAgainstGolden(ggufGolden('types'))).rejects.toMatchObject({ code: 'config-invalid' });
    const file = await copied('qwen2-bias.bf16');
    await editTensors(`${file}.golden.safetensors`, (tensors) => void tensors.delete('tokens'));
    await expect(verifyAgainstGolden(file)).rejects.toMatchObject({ code: 'file-malformed' });
  });
});

describe('hasGolden', () => {
  it('looks where each form has it', async () => {
    expect(await hasGolden(TINY_LLAMA)).toBe(true);
    expect(await hasGolden(golden('mistral'))).toBe(true);
    expect(await hasGolden(await temporaryDirectory())).toBe(false);
    expect(await hasGolden(ggufGolden('qwen2-bias.bf16'))).toBe(true);
    expect(await hasGolden(ggufGolden('types'))).toBe(false);
  });
});
