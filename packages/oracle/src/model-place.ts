import { resolve } from 'node:path';

/** Before the path of a configuration: a model of that shape whose weights are made up from a seed. */
export const SYNTHETIC = 'synthetic:';

/** What `openModel` takes, made absolute: a path as seen from `directory`, with `synthetic:` before it or not. */
export function absoluteModel(model: string, directory: string): string {
  if (!model.startsWith(SYNTHETIC)) return resolve(directory, model);
  return SYNTHETIC + resolve(directory, model.slice(SYNTHETIC.length));
}
