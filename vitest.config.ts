import { availableParallelism } from 'node:os';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const shared = { environment: 'node' } as const;
/** Packages resolve to each other's sources, so that a test beside a source sees what is written, not what was built. */
const source = '@tilewright/source';

export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    projects: [
      {
        resolve: { conditions: [source, ...defaultClientConditions] },
        ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
        test: { ...shared, name: 'packages', include: ['packages/*/src/**/*.test.ts'] },
      },
      {
        // What holds between packages is tested on what is built, as it is shipped and at its real speed: a test
        // runner's module loader slows small functions down by several times.
        test: {
          ...shared,
          name: 'tests',
          include: ['tests/**/*.test.ts'],
          server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
        },
      },
    ],
  },
});
