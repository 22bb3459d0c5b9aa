// npm run bench:sim [-- --json] [-- --model NAME] [-- --tokens N] [-- --without numerics]
// How fast the simulator is: its estimates, and its numbers beside the oracle's own time in the same run.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    model: { type: 'string', default: 'Llama-3.2-1B' },
    tokens: { type: 'string', default: '2048' },
    without: { type: 'string' },
  },
});
if (given.without !== undefined && given.without !== 'numerics') throw new Error('--without takes: numerics');

const configuration = (name) => fileURLToPath(new URL(`../../test-data/configs/${name}.json`, import.meta.url));
const measure = (kind, request = {}) => {
  process.stderr.write(`${kind} …\n`);
  const file = fileURLToPath(new URL('measure.mjs', import.meta.url));
  const text = execFileSync(process.execPath, [file, kind, JSON.stringify(request)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text);
};

const result = {
  dispatchEstimate: measure('dispatchEstimate', { config: configuration('Llama-3.2-1B') }),
  modelEstimate: measure('modelEstimate', { config: configuration('Qwen3-4B') }),
  gemmSweep: measure('gemmSweep'),
  ...(given.without === undefined && {
    numerics: {
      model: given.model,
      ...measure('numerics', { config: configuration(given.model), tokens: Number(given.tokens) }),
    },
    lowPrecision: measure('lowPrecision'),
  }),
};
if (given.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else print(result);

function print({ dispatchEstimate, modelEstimate, gemmSweep, numerics, lowPrecision }) {
  const milliseconds = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  const seconds = (value) => `${value.toFixed(2)} s`;
  const lines = [
    ['estimate of one dispatch, median', milliseconds(dispatchEstimate.medianMs), '5 ms'],
    ['estimate of one dispatch, slowest', milliseconds(dispatchEstimate.slowestMs), '5 ms'],
    ['Qwen3-4B: prefill of 2048 and 100 tokens', seconds(modelEstimate.seconds), '2 s'],
    [`${gemmSweep.configurations} configurations of a GEMM`, seconds(gemmSweep.seconds), '5 s'],
  ];
  if (numerics !== undefined) {
    const { oracleSeconds, simulatorSeconds, simulatorOverOracle } = numerics;
    lines.push(
      [`${numerics.model}: prefill of ${numerics.tokens} by the oracle`, seconds(oracleSeconds), ''],
      ['the same with numerics on the simulator', seconds(simulatorSeconds), ''],
      ['simulator / oracle', simulatorOverOracle.toFixed(2), '4'],
      [
        `low-precision GEMM of ${lowPrecision.shape.join(' x ')} (exempt)`,
        `${seconds(lowPrecision.seconds)}, ${lowPrecision.overFull.toFixed(1)} times the other`,
        '',
      ],
    );
  }
  const rows = [['', 'measured', 'at most'], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  process.stdout.write(`${[line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n')}\n`);
  if (numerics !== undefined) {
    process.stdout.write(`${numerics.engine}; synthetic weights in bf16, whose making is not counted.\n`);
    for (const [step, ms] of Object.entries(numerics.stepMs))
      process.stdout.write(`  ${step}: ${seconds(ms / 1000)}\n`);
  }
}
