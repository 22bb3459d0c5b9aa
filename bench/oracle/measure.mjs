// One measurement in a process of its own, so that peak memory is of that and nothing else:
//   node measure.mjs memory|prefill|decode '{"config", "tokens", "threads", …}'    prints JSON
import { createOracle, readModelSpec, syntheticWeights } from '@tilewright/oracle';
import { openOnnxruntimeEngine } from '@tilewright/oracle/onnxruntime';
import { headWeight, weightShapes } from '@tilewright/spec';
import { bareGemms } from './bare-gemms.mjs';
import { openMemoryBandwidth } from './memory-bandwidth.mjs';
import { openTransformers } from './transformers.mjs';

const DECODE_PROMPT = 16;
const DECODE_STEPS = 24;

const MEASUREMENTS = { memory, prefill, decode };

/** One prefill and nothing beside it. */
async function memory({ config, tokens, threads }) {
  const { model, prompt } = await open(config, tokens, threads);
  const start = performance.now();
  await model.oracle.start().forward({ tokens: prompt });
  const seconds = (performance.now() - start - model.weights.generationMs) / 1000;
  return { aloneSeconds: seconds, peakResidentBytes: peakResidentBytes() };
}

/** A prefill, which halts after each layer for the same layer's bare products, and for transformers' where asked. */
async function prefill({ config, tokens, threads, python }) {
  const { model, engine, prompt } = await open(config, tokens, threads);
  const bare = await bareGemms({ model: model.spec, weights: model.weights, engine, tokens });
  const transformers = python ? await openTransformers({ python, config, tokens, threads }) : undefined;
  await bare.layer();
  await transformers?.warmUp();

  let halted = 0;
  let bareGemmSeconds = 0;
  const generated = model.weights.generationMs;
  const start = performance.now();
  await model.oracle.start().forward({
    tokens: prompt,
    taps: new Set(Array.from({ length: model.spec.layers }, (_, layer) => `layers.${layer}.output`)),
    onTap: async () => {
      const since = performance.now();
      bareGemmSeconds += await bare.layer();
      await transformers?.nextLayer();
      halted += performance.now() - since;
    },
  });
  const generationMs = model.weights.generationMs - generated;
  const prefillSeconds = (performance.now() - start - halted - generationMs) / 1000;
  bareGemmSeconds += await bare.head();
  return {
    engine: engine.id,
    prefillSeconds,
    bareGemmSeconds,
    prefillOverBareGemms: prefillSeconds / bareGemmSeconds,
    generationSeconds: generationMs / 1000,
    transformers: (await transformers?.finish()) ?? null,
  };
}

/** Tokens one by one from weights that are kept widened, each beside a measurement of memory. */
async function decode({ config, threads }) {
  const { model, prompt } = await open(config, DECODE_PROMPT, threads, Number.POSITIVE_INFINITY);
  const bandwidth = await openMemoryBandwidth(threads);
  const sequence = model.oracle.start();
  await sequence.forward({ tokens: prompt });
  const seconds = [];
  const bytesPerSecond = [];
  for (let step = 0; step < DECODE_STEPS; step++) {
    const start = performance.now();
    await sequence.forward({ tokens: [step] });
    seconds.push((performance.now() - start) / 1000);
    bytesPerSecond.push(await bandwidth.measure());
  }
  await bandwidth.close();
  const memoryBytesPerSecond = median(bytesPerSecond);
  const decodeWeightBytes = weightBytesPerToken(model.spec);
  const decodeTokensPerSecond = 1 / median(seconds);
  const decodeOverMemoryBound = decodeTokensPerSecond / (memoryBytesPerSecond / decodeWeightBytes);
  return { decodeTokensPerSecond, memoryBytesPerSecond, decodeWeightBytes, decodeOverMemoryBound };
}

async function open(config, tokens, threads, weightCacheBytes = 0) {
  const engine = await openOnnxruntimeEngine({ threads });
  const spec = await readModelSpec(config);
  const weights = syntheticWeights(spec);
  const oracle = createOracle(spec, weights, { engine, weightCacheBytes });
  const prompt = Array.from({ length: tokens }, (_, i) => (i * 7919 + 1) % spec.vocabularySize);
  return { engine, model: { spec, weights, oracle }, prompt };
}

/** FP32 bytes of every weight that a token is multiplied with: of an embedding it takes one row. */
function weightBytesPerToken(model) {
  let elements = 0;
  for (const [name, shape] of weightShapes(model)) {
    if (name === 'embedding.weight' && headWeight(model) !== name) continue;
    elements += shape.reduce((product, extent) => product * extent, 1);
  }
  return 4 * elements;
}

function peakResidentBytes() {
  return process.resourceUsage().maxRSS * 1024;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

const [, , name, request] = process.argv;
const result = await MEASUREMENTS[name](JSON.parse(request));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
