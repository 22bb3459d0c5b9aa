import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker lies beside the index: IterationWorkers starts it from there.
  entry: { index: 'src/index.ts', 'iteration-worker': 'src/parallel/iteration-worker.ts' },
  format: 'esm',
  target: 'node20',
  tsconfig: 'tsconfig.build.json',
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
});
