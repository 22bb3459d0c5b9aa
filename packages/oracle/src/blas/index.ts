export { type BlasOptions, openBlasEngine } from './open-blas-engine.ts';
