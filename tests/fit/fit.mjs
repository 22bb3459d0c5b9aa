/**
 * Fits the constants of the time model to the published rows, prints how well they do, and with
 * --write puts them into the target's constants.ts. With --leave-one-out it also fits once for every
 * shape without that shape's rows, and --write records both errors. Deterministic: same rows and
 * constants, same result.
 *
 *   npm run fit -- [--write] [--leave-one-out] [--evaluations 12000]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CONSTANTS } from '@tilewright/target-xdna2-sim';
import { calibrationRows } from './calibration-rows.mjs';
import { errorTable, printTable } from './error-table.mjs';
import { estimatedUs, fitConstants } from './fit-constants.mjs';

const TIME = new URL('../../packages/target-xdna2-sim/src/time/', import.meta.url);
const SEED = 1;

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    'leave-one-out': { type: 'boolean', default: false },
    evaluations: { type: 'string', default: '12000' },
  },
});
const evaluations = Number(options.evaluations);
const rows = await calibrationRows();

const fitted = fitConstants(rows, CONSTANTS, { evaluations, seed: SEED });
const constants = Object.fromEntries(
  Object.entries(fitted.constants).map(([name, value]) => [name, Number(value.toPrecision(3))]),
);
const errorWith = (used) => (row) => Math.abs(estimatedUs(row, used) / row.publishedUs - 1);
const fit = errorTable(rows, errorWith(constants));
console.log(`${rows.length} rows, ${Object.keys(constants).length} constants, loss ${fitted.loss.toFixed(5)}`);
for (const [name, value] of Object.entries(constants)) console.log(`  ${name.padEnd(30)}${value}`);
printTable('Relative error of the fit: rows, median, P90, largest', fit);

let leaveOneOut = null;
if (options['leave-one-out']) {
  const errors = new Map();
  for (const shape of new Set(rows.filter(({ gated }) => gated).map((row) => row.shape))) {
    const others = rows.filter((row) => row.shape !== shape);
    const effort = { evaluations: Math.round(evaluations / 5), seed: SEED };
    const error = errorWith(fitConstants(others, fitted.constants, effort).constants);
    for (const row of rows) if (row.shape === shape) errors.set(row.id, error(row));
  }
  leaveOneOut = errorTable(rows, ({ id }) => errors.get(id));
  printTable('Relative error at shapes that were left out', leaveOneOut);
}

if (options.write) {
  writeConstants(constants);
  if (leaveOneOut !== null) writeRecord({ constants, fit, leaveOneOut });
}

function writeConstants(values) {
  const file = new URL('constants.ts', TIME);
  let source = readFileSync(file, 'utf8');
  for (const [name, value] of Object.entries(values)) {
    source = source.replace(new RegExp(`(  ${name}: constant\\(\\s*)[^,]+,`), (_, before) => `${before}${value},`);
  }
  writeFileSync(file, source);
}

function writeRecord(found) {
  const record = {
    date: new Date().toISOString().slice(0, 10),
    command: 'npm run fit -- --leave-one-out --write',
    rows: rows.length,
    ...found,
  };
  writeFileSync(new URL('calibration-record.json', TIME), `${JSON.stringify(record, null, 2)}\n`);
}
