import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Lessons of tests stay out of the user's store, and what the user has learnt stays out of the tests. */
const TILEWRIGHT_HOME = mkdtempSync(join(tmpdir(), 'tilewright-tests-'));

// A test on a busy machine is slow, not wrong: nothing here is timed, so the limit only ends what hangs.
const shared = { environment: 'node', env: { TILEWRIGHT_HOME }, testTimeout: 60_000 } as const;
/** Packages resolve to each other's sources, so that a test beside a source sees what is written, not what was built. */
const source = '@tilewright/source';

/** What composes the packages is tested on them as they are built and shipped, and at their real speed. */
const BUILT = ['tests/**/*.test.ts', 'packages/cli/src/**/*.test.ts'];

export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    projects: [
      {
        resolve: { conditions: [source, ...defaultClientConditions] },
        ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
        test: { ...shared, name: 'packages', include: ['packages/*/src/**/*.test.ts'], exclude: BUILT },
      },
      {
        // The runner's module loader slows small functions down by several times; what is built runs outside it.
        test: {
          ...shared,
          name: 'tests',
          include: BUILT,
          server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
        },
      },
    ],
  },
});
