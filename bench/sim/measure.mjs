// One measurement in a process of its own: node measure.mjs KIND '{"config", "tokens"}'    prints JSON
import { KERNELS, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule } from '@tilewright/npu-runtime';
import { createOracle, openMatrixEngine, readModelSpec, syntheticWeights } from '@tilewright/oracle';
import { BYTES_PER_ELEMENT, f32ToBf16NearestEven, seededRandom } from '@tilewright/spec';
import { estimateProgram, xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { alternate } from './alternate.mjs';

const MEASUREMENTS = { dispatchEstimate, modelEstimate, gemmSweep, numerics, lowPrecision };
const THREADS = 2;
const PROMPT_TOKENS = 2048;
const DECODED_TOKENS = 100;
const SWEPT = 1000;

/** Each dispatch of a naive plan, from its Program alone. */
async function dispatchEstimate({ config }) {
  const { device } = xdna2Simulator();
  const plan = naivePlan(await readModelSpec(config), device, { prefillLength: PROMPT_TOKENS, contextLength: 4096 });
  const { dispatches } = lowerPlan(plan, device);
  // The first estimate of all would time the loading of code.
  estimateProgram(dispatches[0].program, device);
  const times = dispatches.map(({ id, program }) => {
    const start = performance.now();
    estimateProgram(structuredClone(program), device);
    return { id, ms: performance.now() - start };
  });
  const sorted = times.toSorted((a, b) => a.ms - b.ms);
  const slowest = sorted.at(-1);
  return { medianMs: sorted[Math.floor(sorted.length / 2)].ms, slowestMs: slowest.ms, slowest: slowest.id };
}

/** From a configuration to the times of a prefill and a hundred tokens: planning and compiling included. */
async function modelEstimate({ config }) {
  const start = performance.now();
  const target = xdna2Simulator();
  const model = await readModelSpec(config);
  const plan = naivePlan(model, target.device, {
    prefillLength: PROMPT_TOKENS,
    contextLength: PROMPT_TOKENS + DECODED_TOKENS,
  });
  const lowered = lowerPlan(plan, target.device);
  const dispatchEstimates = await target.estimate(await target.compile(lowered));
  let decodeUs = 0;
  let timeToFirstTokenUs = 0;
  for (let token = 1; token <= DECODED_TOKENS; token++) {
    const schedule = estimateSchedule({
      ...{ plan, lowered, dispatchEstimates, device: target.device },
      ...{ promptTokens: PROMPT_TOKENS, decodeLength: PROMPT_TOKENS + token },
    });
    decodeUs += schedule.decodeTokenUs;
    timeToFirstTokenUs = schedule.timeToFirstTokenUs;
  }
  return { seconds: (performance.now() - start) / 1000, timeToFirstTokenUs, decodeUs };
}

function gemmSweep() {
  const { device } = xdna2Simulator();
  const gemm = KERNELS.get('gemm');
  const shape = { m: 2048, k: 2048, n: 8192 };
  const start = performance.now();
  let configurations = 0;
  let fastestUs = Number.POSITIVE_INFINITY;
  for (const config of gemm.configurations(shape, device)) {
    const program = { specificationVersion: 'v1', name: 'gemm', ...gemm.build(shape, config) };
    fastestUs = Math.min(fastestUs, estimateProgram(program, device).us);
    if (++configurations === SWEPT) break;
  }
  return { configurations, seconds: (performance.now() - start) / 1000, fastestUs };
}

/** A prefill by the oracle and one of the deployed plan on the simulator, layer by layer in turn. */
async function numerics({ config, tokens }) {
  const { engine } = await openMatrixEngine({ threads: THREADS });
  const model = { ...(await readModelSpec(config)), weightFormat: 'bf16' };
  const weights = syntheticWeights(model);
  const oracle = createOracle(model, weights, engine === null ? {} : { engine });
  const target = xdna2Simulator(engine === null ? {} : { engine });
  const plan = naivePlan(model, target.device, { prefillLength: tokens, contextLength: tokens + 1 });
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const stepMs = {};
  const timed = { ...target, open: async (...given) => timedSession(await target.open(...given), stepMs) };
  const deployed = await deployModel({ plan, compiled, target: timed, weights });
  const prompt = Array.from({ length: tokens }, (_, i) => (i * 7919 + 1) % model.vocabularySize);
  const taps = new Set(Array.from({ length: model.layers }, (_, layer) => `layers.${layer}.output`));
  const [oracleMs, simulatorMs] = await alternate(
    [oracle.start(), deployed.start()].map(
      (sequence) => (halt) => sequence.forward({ tokens: prompt, taps, onTap: halt }),
    ),
    () => weights.generationMs,
  );
  await deployed.close();
  const peakResidentBytes = process.resourceUsage().maxRSS * 1024;
  return {
    engine: engine?.id ?? 'no engine',
    tokens,
    oracleSeconds: oracleMs / 1000,
    simulatorSeconds: simulatorMs / 1000,
    simulatorOverOracle: simulatorMs / oracleMs,
    peakResidentBytes,
    stepMs,
  };
}

/** A session that adds up how long each dispatch runs, and all syncs. */
function timedSession(session, stepMs) {
  const timing = async (name, work) => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      stepMs[name] = (stepMs[name] ?? 0) + performance.now() - start;
    }
  };
  return {
    ...session,
    run: (id, ...rest) => timing(id, () => session.run(id, ...rest)),
    sync: (...given) => timing('sync', () => session.sync(...given)),
  };
}

/** One GEMM that rounds its sums at every step, and the same one that does not. */
async function lowPrecision() {
  const { engine } = await openMatrixEngine({ threads: THREADS });
  const target = xdna2Simulator(engine === null ? {} : { engine });
  const shape = { m: 512, k: 2048, n: 2048 };
  const seconds = {};
  const gemm = KERNELS.get('gemm');
  for (const config of gemm.configurations(shape, target.device)) {
    if (config.method in seconds || !['drain', 'direct'].includes(config.method)) continue;
    const program = { specificationVersion: 'v1', name: 'gemm', ...gemm.build(shape, config) };
    const dispatch = { id: 'prefill/gemm', section: 'prefill', step: 'gemm', program, buffers: ['a', 'b', 'c'] };
    const lowered = { specificationVersion: 'v1', device: target.device.id, dispatches: [dispatch] };
    const session = await target.open(await target.compile(lowered));
    const random = seededRandom(1);
    const buffers = [];
    for (const { name, elements, format } of program.arguments) {
      const buffer = await session.allocate({ name, bytes: BYTES_PER_ELEMENT[format] * elements });
      const values = new Uint16Array(buffer.host.buffer);
      for (let i = 0; i < values.length; i++) values[i] = f32ToBf16NearestEven(random.normal());
      await session.sync(buffer, 'to-device');
      buffers.push(buffer);
    }
    await session.run(dispatch.id, buffers);
    const start = performance.now();
    await session.run(dispatch.id, buffers);
    seconds[config.method] = (performance.now() - start) / 1000;
    await session.close();
  }
  return {
    shape: Object.values(shape),
    seconds: seconds.direct,
    fullSeconds: seconds.drain,
    overFull: seconds.direct / seconds.drain,
  };
}

const [, , name, request] = process.argv;
const result = await MEASUREMENTS[name](JSON.parse(request));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
