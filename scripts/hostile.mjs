// npm run hostile -- [--count 500] [--seed N]
// Deploys with agents that want gates passed without the work, or the run to break, and judges what was accepted.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { count: { type: 'string', default: '500' }, seed: { type: 'string' } } });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'tests/hostile-agent.test.ts', '--disableConsoleIntercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TILEWRIGHT_HOSTILE_COUNT: values.count,
      ...(values.seed === undefined ? {} : { TILEWRIGHT_HOSTILE_SEED: values.seed }),
    },
  },
);
process.exitCode = status ?? 1;
