/**
 * Every calibrated constant of the time model, in one place. They are fits to another project's
 * published latencies (facts/kernels.json, measured on a Ryzen AI 9 HX 370), starting from
 * facts/timing-notes.md, so every time made from them is an estimate. None depends on a shape, a
 * model or a row.
 */
export interface CalibratedConstant {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
}

function constant(value: number, unit: string, meaning: string): CalibratedConstant {
  return { value, unit, meaning };
}

export type ConstantName =
  | 'dispatchUs'
  | 'streamedLaunchUs'
  | 'stagedLaunchUs'
  | 'countedTasksUs'
  | 'configureLaunchUs'
  | 'configureTileUs'
  | 'batchUs'
  | 'stagedReadGigabytesPerSecond'
  | 'streamedGigabytesPerSecond'
  | 'streamGigabytesPerSecond'
  | 'callCycles'
  | 'matrixCallCycles'
  | 'multiplyAccumulatesPerCycle'
  | 'accumulatorCycles'
  | 'generatedAccumulatorCycles'
  | 'castCycles'
  | 'zeroCycles'
  | 'dotCycles'
  | 'partialDotCycles'
  | 'addCycles'
  | 'siluMulCycles'
  | 'rmsNormCycles'
  | 'rowReductionCycles'
  | 'ropeCycles'
  | 'softmaxCycles'
  | 'copyCycles';

export const CONSTANTS: Readonly<Record<ConstantName, CalibratedConstant>> = {
  // Submitting and configuring
  dispatchUs: constant(120, 'µs', 'host work of one dispatch: lock, arguments, start, wait'),
  streamedLaunchUs: constant(79, 'µs', 'floor of a launch that feeds L1 from the shim'),
  stagedLaunchUs: constant(72, 'µs', 'floor of a launch that stages its operands in L2'),
  countedTasksUs: constant(335, 'µs', 'starting a launch of an ELF whose channels count their tasks: no endless rings'),
  configureLaunchUs: constant(15, 'µs', 'configuring a launch of an ELF, beside its tiles'),
  configureTileUs: constant(9.3, 'µs', 'configuring one tile of a launch of an ELF'),
  batchUs: constant(
    4.4,
    'µs',
    'issuing one batch of shim tasks and waiting for its end, beside the transfers that it cannot hide',
  ),

  // Moving
  stagedReadGigabytesPerSecond: constant(43.4, 'GB/s', 'all L3 reads that go through L2 together'),
  streamedGigabytesPerSecond: constant(69.3, 'GB/s', 'all L3 reads and writes without L2 together'),
  streamGigabytesPerSecond: constant(16.3, 'GB/s', 'one stream: a DMA channel or a stream-switch port'),

  // Computing
  callCycles: constant(17, 'cycles', 'calling a microkernel and handing its buffers over'),
  matrixCallCycles: constant(665, 'cycles', 'calling the matrix kernel once: set-up and locks on A and B'),
  multiplyAccumulatesPerCycle: constant(512, 'MAC/cycle', 'block floating point multiplies of one core'),
  accumulatorCycles: constant(
    0.095,
    'cycles/element',
    'loading and storing C once per call, f32 by the library kernel',
  ),
  generatedAccumulatorCycles: constant(0.28, 'cycles/element', 'the same by generated code, bf16'),
  castCycles: constant(5.8, 'cycles/element', 'converting the f32 accumulator to bf16'),
  zeroCycles: constant(1, 'cycles/16 elements', 'clearing a buffer'),
  dotCycles: constant(4.9, 'cycles/16 elements', 'one row of A against x'),
  partialDotCycles: constant(
    9.8,
    'cycles/16 elements',
    'the same with the f32 accumulator loaded and stored each step (gemv_cascade-333 and -334; a first value)',
  ),
  addCycles: constant(11.8, 'cycles/16 elements', 'elementwise add'),
  siluMulCycles: constant(39, 'cycles/16 elements', 'SiLU and multiply'),
  rmsNormCycles: constant(18, 'cycles/16 elements', 'both passes of RMSNorm'),
  rowReductionCycles: constant(151, 'cycles/row', 'horizontal sum and reciprocal root'),
  ropeCycles: constant(10, 'cycles/16 elements', 'rotation of both halves'),
  softmaxCycles: constant(21.4, 'cycles/16 elements', 'maximum, exponentials and row sums of the scores'),
  copyCycles: constant(18.8, 'cycles/16 elements', 'copying, rescaling or merging bf16 state'),
};

const CYCLES_PER_US = 1250;

/** Core cycles to µs at the device's clock. */
export function cyclesToUs(cycles: number, clockMegahertz: number = CYCLES_PER_US): number {
  return cycles / clockMegahertz;
}

/** Bytes to µs at a bandwidth in GB/s (10^9). */
export function bytesToUs(bytes: number, gigabytesPerSecond: number): number {
  return bytes / (gigabytesPerSecond * 1000);
}
