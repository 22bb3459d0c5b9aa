import type { OpenModel } from '@tilewright/oracle';
import { openTransformers, type TransformersModel } from '@tilewright/oracle/transformers';
import type { Surroundings } from '../terminal/surroundings.ts';

/** Opens a model in transformers, by the Python that TILEWRIGHT_PYTHON names or else the one on the path. */
export function openInTransformers(
  { environment }: Surroundings,
  model: OpenModel,
  signal: AbortSignal,
): Promise<TransformersModel> {
  const python = environment.TILEWRIGHT_PYTHON;
  return openTransformers(model, {
    signal,
    ...(python !== undefined && python !== '' && { python }),
  });
}
