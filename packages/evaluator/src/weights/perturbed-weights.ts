import { type SeededRandom, seededRandom, type Tensor, type WeightSource } from '@tilewright/spec';

/**
 * The same weights but for one, of which each element has kept or changed its sign, by a seed: sizes and roundings
 * stay what they were, and everything behind it changes.
 */
export function perturbedWeights(weights: WeightSource, name: string, seed: number): WeightSource {
  return {
    digest: (signal) => weights.digest(signal),
    list: () => weights.list(),
    read: async (asked, signal) => {
      const tensor = await weights.read(asked, signal);
      return asked === name ? withOtherSigns(tensor, seededRandom(seed)) : tensor;
    },
    close: async () => {},
  };
}

function withOtherSigns({ shape, data }: Tensor, random: SeededRandom): Tensor {
  const changed = data.slice();
  let bits = 0;
  for (let i = 0; i < changed.length; i++) {
    if (i % 32 === 0) bits = random.integer(0, 2 ** 32);
    if ((bits >>> (i % 32)) & 1) changed[i] = -(changed[i] as number);
  }
  return { shape, data: changed };
}
