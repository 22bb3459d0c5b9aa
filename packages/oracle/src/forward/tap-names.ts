import { layerOps, layerTap, type ModelSpec, TilewrightError } from '@tilewright/spec';

/**
 * Every tap that a forward pass of the model can deliver, in execution order: `embedding`; for each
 * layer its `input` (the residual stream that enters it) and every op's output; `final_norm`; `logits`.
 */
export function tapNames(model: ModelSpec): readonly string[] {
  const outputs = layerOps(model).map((op) => op.output);
  const names = ['embedding'];
  for (let layer = 0; layer < model.layers; layer++) {
    names.push(layerTap(layer, 'input'), ...outputs.map((output) => layerTap(layer, output)));
  }
  names.push('final_norm', 'logits');
  return names;
}

/** Throws `usage`, naming the first name that is no tap of the model. */
export function requireKnownTaps(names: ReadonlySet<string>, known: ReadonlySet<string>): void {
  for (const name of names) {
    if (known.has(name)) continue;
    throw new TilewrightError(
      'usage',
      `The model has no tap ${name}.`,
      'Ask for embedding, layers.N.<kernel> (such as layers.0.q_rope), final_norm or logits.',
      { field: 'taps', got: name },
    );
  }
}
