import { describe, expect, it } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { modelSpecFromConfig, readModelSpec } from '../config/read-model-spec.ts';
import { openModel } from '../open-model.ts';
import { huggingFaceConfig } from './hugging-face-config.ts';
import { sendWeights } from './send-weights.ts';

describe('weights that are sent', () => {
  it('are all of the model, in parts, under the names of transformers', async () => {
    const model = await openModel(golden('qwen3-qknorm'));
    const sent = new Map<string, number[]>();
    const ends: unknown[] = [];
    await sendWeights(
      {
        send: (request) => void ends.push(request),
        sendData: async ({ name, first, bytes }, data) => {
          const values = sent.get(String(name)) ?? [];
          expect([first, bytes]).toEqual([values.length, data.length]);
          values.push(...new Float32Array(data.buffer, data.byteOffset, data.length / 4));
          sent.set(String(name), values);
          return true;
        },
      },
      model.weights,
      undefined,
    );
    expect(ends).toEqual([{ do: 'open' }]);
    expect(sent.size).toBe(model.weights.list().length);
    const { data } = await model.weights.read('layers.1.q_norm.weight');
    expect(sent.get('model.layers.1.self_attn.q_norm.weight')).toEqual([...data]);
    await model.close();
  });

  it('stop where nobody takes them', async () => {
    const model = await openModel(golden('mistral'));
    let taken = 0;
    const to = { send: () => expect.fail('no end was reached'), sendData: async () => ++taken < 3 };
    await sendWeights(to, model.weights, undefined);
    expect(taken).toBe(3);
    await model.close();
  });
});

describe('a configuration that is written', () => {
  it.each(['llama-gqa', 'llama-bias', 'llama3-rope', 'qwen2-bias', 'qwen3-qknorm', 'mistral'])(
    'is read as the same model: %s',
    async (name) => {
      const spec = { ...(await readModelSpec(golden(name))), weightFormat: null };
      const read = modelSpecFromConfig(huggingFaceConfig(spec), 'config.json');
      expect({ ...read, beginOfTextToken: 0, endOfTextTokens: [] }).toEqual({
        ...spec,
        ...{ beginOfTextToken: 0, endOfTextTokens: [] },
      });
    },
  );
});
