export { XDNA2 } from './device/xdna2.ts';
export { xdna2Simulator } from './target.ts';
export { estimateProgram } from './time/estimate-program.ts';
