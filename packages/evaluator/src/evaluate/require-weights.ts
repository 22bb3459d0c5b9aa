import type { OpenModel } from '@tilewright/oracle';
import { TilewrightError, weightShapes } from '@tilewright/spec';

/** Every weight that the model's shapes call for, in that shape. Throws `tensor-missing`, `tensor-misshapen`. */
export function requireWeights({ spec, weights, directory }: Pick<OpenModel, 'spec' | 'weights' | 'directory'>): void {
  const given = new Map(weights.list().map(({ name, shape }) => [name, shape]));
  for (const [name, expected] of weightShapes(spec)) {
    const got = given.get(name);
    if (got !== undefined && got.length === expected.length && got.every((extent, axis) => extent === expected[axis])) {
      continue;
    }
    throw new TilewrightError(
      got === undefined ? 'tensor-missing' : 'tensor-misshapen',
      `The weight ${name} of ${directory} is ${got === undefined ? 'missing' : `of shape [${got}]`}, and should be of shape [${expected}].`,
      'Check that configuration and weights belong to the same model.',
      { tensor: name, expected, ...(got && { got }) },
    );
  }
}
