import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'blas/index': 'src/blas/index.ts',
    'op-cases/index': 'src/op-cases/index.ts',
    'onnxruntime/index': 'src/onnxruntime/index.ts',
    hub: 'src/hub/index.ts',
    transformers: 'src/transformers/index.ts',
  },
  format: 'esm',
  target: 'node20',
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
  clean: true,
});
