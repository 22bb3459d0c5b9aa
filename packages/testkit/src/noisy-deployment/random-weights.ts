import {
  type ModelSpec,
  type SeededRandom,
  seededRandom,
  type Tensor,
  TilewrightError,
  type WeightSource,
  weightShapes,
} from '@tilewright/spec';

/**
 * Weights of a model that nobody trained: matrices normal with variance 1/K, so that activations keep
 * their size; norms near one; biases small. The same seed gives the same bits.
 */
export function randomWeights(model: ModelSpec, seed: number): WeightSource {
  const random = seededRandom(seed);
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of weightShapes(model)) tensors.set(name, randomTensor(name, shape, random));
  return {
    digest: async () => `random:${seed}`,
    list: () => [...tensors].map(([name, { shape }]) => ({ name, shape, format: 'f32' as const })),
    read: async (name) => {
      const tensor = tensors.get(name);
      if (tensor) return tensor;
      throw new TilewrightError('tensor-missing', `There is no weight ${name}.`, 'Ask for a name from the list.', {
        tensor: name,
      });
    },
    close: async () => {},
  };
}

function randomTensor(name: string, shape: readonly number[], random: SeededRandom): Tensor {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const isNorm = name.endsWith('norm.weight');
  const isBias = name.endsWith('.bias');
  const width = shape[shape.length - 1] as number;
  const deviation = isNorm || isBias ? 0.1 : 1 / Math.sqrt(name.startsWith('embedding') ? 1 : width);
  for (let i = 0; i < data.length; i++) data[i] = (isNorm ? 1 : 0) + deviation * random.normal();
  return { shape, data };
}
