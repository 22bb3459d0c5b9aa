// Prints where each layer of a model is largest, and by how much: outliers are what quantisation trips over.
// node oracle-taps.js MODEL [PROMPT], where MODEL is a directory in Hugging Face's format or a GGUF file.
import { openModel, tapNames, taps } from '@tilewright/oracle';

const [path, prompt = 'To be, or not to be, that is the question'] = process.argv.slice(2);
if (path === undefined) throw new Error('Give the directory of a model, or a GGUF file.');

const model = await openModel(path);
const tokenizer = await model.tokenizer().catch(() => null);
const tokens = tokenizer?.encode(prompt) ?? Array.from({ length: 8 }, (_, i) => (i * 37) % model.spec.vocabularySize);

/** The element of largest magnitude, at [token, channel] or [token, head, channel]. */
function largest({ data, shape }) {
  let at = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) > Math.abs(data[at])) at = i;
  const place = shape.map((size, axis) => {
    const stride = shape.slice(axis + 1).reduce((product, next) => product * next, 1);
    return Math.floor(at / stride) % size;
  });
  return { value: data[at], place };
}

const layers = new Map();
for await (const { name, value } of taps(model.oracle, tokens, tapNames(model.spec))) {
  const [, layer, kernel] = /^layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined) continue;
  layers.set(layer, [...(layers.get(layer) ?? []), { kernel, ...largest(value) }]);
}
for (const [layer, activations] of layers) {
  activations.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const line = ({ kernel, value, place }) => `${kernel} ${value.toFixed(2)} at [${place.join(', ')}]`;
  console.log(`layer ${layer}: ${activations.slice(0, 3).map(line).join('; ')}`);
}
await model.close();
