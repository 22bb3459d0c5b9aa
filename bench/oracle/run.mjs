// npm run bench:oracle [-- --json] [-- --model NAME] [-- --tokens N] [-- --with transformers]
// npm run bench:oracle -- --ops [--json]: every op of the table of cases on each engine, its agreement and its time
// How fast and how small the oracle is, as ratios within this run: other machines, other seconds.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readModelSpec } from '@tilewright/oracle';
import { weightShapes } from '@tilewright/spec';
import { reportOps } from './report-ops.mjs';
import { printTable } from './table.mjs';

const MODELS = ['Llama-3.2-1B', 'Qwen3-4B'];
const TOKENS = 2048;
const THREADS = 2;
/** Of this machine's memory, how much widened weights may take for decode to be measured. */
const WEIGHTS_SHARE = 0.5;

const { values: given } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    ops: { type: 'boolean', default: false },
    model: { type: 'string', multiple: true, default: MODELS },
    tokens: { type: 'string', default: String(TOKENS) },
    with: { type: 'string' },
  },
});
if (given.with !== undefined && given.with !== 'transformers') throw new Error('--with takes: transformers');
const tokens = Number(given.tokens);
const python = given.with && (process.env.TILEWRIGHT_PYTHON ?? 'python3');

if (given.ops) await reportOps(given.json);
else await reportModels();

async function reportModels() {
  const models = [];
  for (const name of given.model) models.push(await measureModel(name));
  if (given.json) process.stdout.write(`${JSON.stringify({ tokens, threads: THREADS, models }, null, 2)}\n`);
  else print(models);
}

async function measureModel(name) {
  const config = fileURLToPath(new URL(`../../test-data/configs/${name}.json`, import.meta.url));
  if (!existsSync(config)) throw new Error(`There is no configuration ${name} in test-data/configs.`);
  const spec = await readModelSpec(config);
  const elements = [...weightShapes(spec).values()].map((shape) =>
    shape.reduce((product, extent) => product * extent, 1),
  );
  const fp32Bytes = 4 * elements.reduce((sum, count) => sum + count, 0);
  const fits = fp32Bytes <= WEIGHTS_SHARE * totalmem();
  const request = { config, tokens, threads: THREADS, python };
  const measure = (kind) => {
    process.stderr.write(`${name}: ${kind} …\n`);
    return JSON.parse(
      execFileSync(
        process.execPath,
        [fileURLToPath(new URL('measure.mjs', import.meta.url)), kind, JSON.stringify(request)],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      ),
    );
  };
  const noDecode = { decodeTokensPerSecond: null, memoryBytesPerSecond: null, decodeOverMemoryBound: null };
  return {
    name,
    tokens,
    fp32Bytes,
    ...measure('memory'),
    ...measure('prefill'),
    ...(fits ? measure('decode') : noDecode),
  };
}

function print(measured) {
  const decode = ({ decodeTokensPerSecond: speed, decodeOverMemoryBound: share }) =>
    speed === null ? 'weights do not fit' : `${speed.toFixed(2)}/s, ${share.toFixed(2)}`;
  const columns = [
    ['model', ({ name }) => name],
    [`prefill of ${tokens}`, ({ prefillSeconds }) => `${prefillSeconds.toFixed(1)} s`],
    ['bare GEMMs', ({ bareGemmSeconds }) => `${bareGemmSeconds.toFixed(1)} s`],
    ['prefill / GEMMs', ({ prefillOverBareGemms }) => prefillOverBareGemms.toFixed(2)],
    ['decode, of memory bound', decode],
    ['peak memory', ({ peakResidentBytes }) => `${(peakResidentBytes / 1e9).toFixed(2)} GB`],
    ['making weights (not counted)', ({ generationSeconds }) => `${generationSeconds.toFixed(1)} s`],
  ];
  if (python) {
    columns.push(
      ['transformers', ({ transformers: { prefillSeconds: theirs } }) => `${theirs.toFixed(1)} s`],
      [
        'ours / theirs',
        ({ transformers, prefillSeconds }) => (prefillSeconds / transformers.prefillSeconds).toFixed(2),
      ],
      ['their memory', ({ transformers }) => `${(transformers.peakResidentBytes / 1e9).toFixed(2)} GB`],
    );
  }
  printTable(columns, measured);
  process.stdout.write(`${measured[0].engine}, ${THREADS} threads; synthetic weights in bf16.\n`);
}
