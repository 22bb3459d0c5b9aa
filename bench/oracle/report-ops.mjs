import { MATRIX_ENGINES, openMatrixEngine } from '@tilewright/oracle';
import { compareOps } from '@tilewright/oracle/op-cases';
import { printTable } from './table.mjs';

/** Holds every engine that is installed against the readable implementation of every op: agreement, and time. */
export async function reportOps(asJson) {
  const reports = [];
  for (const name of MATRIX_ENGINES) {
    const { engine, missing } = await openMatrixEngine({ engines: [name] });
    if (engine === null) {
      process.stderr.write(`${name}: ${missing[0].error.message}\n`);
      continue;
    }
    reports.push({ engine: engine.id, comparisons: await compareOps(engine) });
    await engine.close();
  }
  if (asJson) process.stdout.write(`${JSON.stringify({ engines: reports }, null, 2)}\n`);
  else for (const report of reports) print(report);
  if (reports.some(({ comparisons }) => comparisons.some(({ passed }) => !passed))) process.exitCode = 1;
}

function print({ engine, comparisons }) {
  process.stdout.write(`\n${engine}\n\n`);
  const columns = [
    ['op', ({ case: { op } }) => op.kind],
    ['case', ({ case: { name } }) => name],
    ['shape', ({ case: opCase }) => shape(opCase)],
    ['supported', ({ passed }) => (passed ? 'yes' : 'NO')],
    ['worst, of what is allowed', ({ worst }) => worst.toFixed(2)],
    ['readable', ({ readableMs }) => `${readableMs.toFixed(2)} ms`],
    ['engine', ({ engineMs }) => `${engineMs.toFixed(2)} ms`],
  ];
  printTable(columns, comparisons);
}

function shape({ op, model, tokens, past }) {
  const rows = past > 0 ? `${tokens} after ${past}` : `${tokens}`;
  if (op.kind === 'matmul') return `${rows} × ${op.reduction} → ${op.outputWidth}`;
  if (op.kind !== 'rope' && op.kind !== 'qk-norm' && op.kind !== 'attention') return `${rows} × ${op.outputWidth}`;
  const shared = op.kind === 'attention' && model.keyValueHeads < model.heads ? ` on ${model.keyValueHeads}` : '';
  return `${rows} × ${model.heads}${shared} heads of ${model.headDim}`;
}
