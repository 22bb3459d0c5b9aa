import type { WeightSource } from '@tilewright/spec';
import { expect, it } from 'vitest';
import { perturbedWeights } from './perturbed-weights.ts';

const values = Float32Array.from({ length: 1000 }, (_, i) => i + 1);
const source: WeightSource = {
  digest: async () => 'digest',
  list: () => [],
  read: async () => ({ shape: [10, 100], data: values }),
  close: async () => {},
};

it('changes signs of one weight and nothing else', async () => {
  const perturbed = perturbedWeights(source, 'layers.0.up_proj.weight', 17);
  const { shape, data } = await perturbed.read('layers.0.up_proj.weight');
  expect(shape).toEqual([10, 100]);
  expect(data.map(Math.abs)).toEqual(values);
  const negative = data.filter((value) => value < 0).length;
  expect(negative).toBeGreaterThan(400);
  expect(negative).toBeLessThan(600);
  expect((await perturbed.read('layers.0.up_proj.weight')).data).toEqual(data);
  expect((await perturbed.read('layers.1.up_proj.weight')).data).toBe(values);
  expect(values[0]).toBe(1);
});
