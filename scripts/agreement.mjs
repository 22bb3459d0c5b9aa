// npm run agreement -- [--count 500] [--seed N] [--kernel NAME]
// Holds the fast path to the literal interpreter, bit by bit, on random configurations of every kernel.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '500' }, seed: { type: 'string' }, kernel: { type: 'string' } },
});
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'tests/kernel-agreement.test.ts',
    ...(values.kernel === undefined ? [] : ['-t', `configurations of ${values.kernel}$`]),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TILEWRIGHT_AGREEMENT_COUNT: values.count,
      ...(values.seed === undefined ? {} : { TILEWRIGHT_AGREEMENT_SEED: values.seed }),
    },
  },
);
process.exitCode = status ?? 1;
