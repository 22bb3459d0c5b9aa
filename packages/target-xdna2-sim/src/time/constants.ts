/**
 * Every calibrated constant of the time model, in one place. They are fits to another project's
 * published latencies (facts/kernels.json, measured on a Ryzen AI 9 HX 370), made by `npm run fit`, so
 * every time made from them is an estimate. None depends on a shape, a model or a row. What the host
 * takes for copies, syncs and its own steps stands in `host` of device/xdna2.ts, with its sources.
 */
export interface CalibratedConstant {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  /** The published rows that fix it. */
  readonly rows: string;
}

/** Cycles of a core per unit of its work. */
export type CycleConstantName =
  | 'callCycles'
  | 'matrixCallCycles'
  | 'multiplyAccumulateCycles'
  | 'accumulatorCycles'
  | 'generatedF32Cycles'
  | 'generatedBf16Cycles'
  | 'scalarCastCycles'
  | 'vectorCastCycles'
  | 'dotCycles'
  | 'partialDotCycles'
  | 'addCycles'
  | 'siluMulCycles'
  | 'geluCycles'
  | 'rmsNormCycles'
  | 'layerNormCycles'
  | 'rowReductionCycles'
  | 'ropeCycles'
  | 'softmaxCycles'
  | 'maskCycles'
  | 'copyCycles';

export type ConstantName =
  | CycleConstantName
  | 'dispatchUs'
  | 'streamedLaunchUs'
  | 'stagedLaunchUs'
  | 'configureLaunchUs'
  | 'configureTileUs'
  | 'countedTasksUs'
  | 'countedBatchUs'
  | 'batchUs'
  | 'stagedReadGigabytesPerSecond'
  | 'streamedGigabytesPerSecond'
  | 'drainGigabytesPerSecond'
  | 'streamGigabytesPerSecond';

/** Values of the constants: what a fit varies. */
export type Constants = Readonly<Record<ConstantName, number>>;

function constant(value: number, unit: string, meaning: string, rows: string): CalibratedConstant {
  return { value, unit, meaning, rows };
}

export const CALIBRATION: Readonly<Record<ConstantName, CalibratedConstant>> = {
  // Submitting and configuring
  dispatchUs: constant(
    120,
    'µs',
    'host work of one dispatch: lock, arguments, start, wait',
    'given: overheads of facts/device.json',
  ),
  streamedLaunchUs: constant(78.5, 'µs', 'floor of a launch that feeds L1 from the shim', 'small RoPE, EltwiseAdd'),
  stagedLaunchUs: constant(69.9, 'µs', 'floor of a launch that stages its operands in L2', 'small GEMM, GEMV'),
  configureLaunchUs: constant(4.68, 'µs', 'configuring a launch of an ELF, beside its tiles', 'GEMM fused-cast'),
  configureTileUs: constant(9.25, 'µs', 'configuring one tile of a launch of an ELF', 'GEMM fused-cast'),
  countedTasksUs: constant(330, 'µs', 'starting an ELF launch whose channels count their tasks', 'FlashAttention'),
  countedBatchUs: constant(8.59, 'µs', 'resetting such channels after every batch', 'FlashAttention'),
  batchUs: constant(
    5.13,
    'µs',
    'issuing a batch of shim tasks and waiting for its end',
    'GEMV; GEMM with many batches',
  ),

  // Moving
  stagedReadGigabytesPerSecond: constant(44.7, 'GB/s', 'all L3 reads that go through L2 together', 'GEMV; large GEMM'),
  streamedGigabytesPerSecond: constant(69.6, 'GB/s', 'all L3 reads and writes without L2 together', 'large EltwiseAdd'),
  drainGigabytesPerSecond: constant(
    14.3,
    'GB/s',
    'the writes that end a batch, which nothing hides',
    'GEMM with f32 output',
  ),
  streamGigabytesPerSecond: constant(
    17,
    'GB/s',
    'one stream: a DMA channel or a switch port',
    'given: the rows take any from 10 to 30',
  ),

  // Computing
  callCycles: constant(
    32.4,
    'cycles',
    'calling a microkernel and handing its buffers over',
    'RoPE; EltwiseAdd tile sweep',
  ),
  matrixCallCycles: constant(
    623,
    'cycles',
    'calling a matrix or vector product: set-up, locks on A and B',
    'GEMM; GEMV m_input sweep',
  ),
  multiplyAccumulateCycles: constant(
    0.00195,
    'cycles',
    'one block floating point multiply-accumulate',
    'given: 512 per cycle, facts/timing-notes.md',
  ),
  accumulatorCycles: constant(0.107, 'cycles/element', 'loading and storing C once per call', 'GEMM drain, external'),
  generatedF32Cycles: constant(0.263, 'cycles/element', 'the same by generated code, f32', 'GEMM direct, f32 out'),
  generatedBf16Cycles: constant(0.312, 'cycles/element', 'the same by generated code, bf16', 'GEMM direct, bf16 out'),
  scalarCastCycles: constant(2.78, 'cycles/element', 'the f32 accumulator to bf16, lane by lane', 'GEMM drain'),
  vectorCastCycles: constant(10, 'cycles/16 elements', 'f32 to bf16 in a launch of its own', 'GEMM fused-cast; cast'),
  dotCycles: constant(3.16, 'cycles/16 elements', 'one row of A against x', 'GEMV'),
  partialDotCycles: constant(
    19,
    'cycles/16 elements',
    'the same, its f32 partial sums kept in L1',
    'given: GEMV_cascade rows contradict',
  ),
  addCycles: constant(11.9, 'cycles/16 elements', 'elementwise add', 'EltwiseAdd herd sweep'),
  siluMulCycles: constant(38.7, 'cycles/16 elements', 'SiLU and multiply', 'SiLU_Mul'),
  geluCycles: constant(44.1, 'cycles/16 elements', 'GELU', 'GELU'),
  rmsNormCycles: constant(24.1, 'cycles/16 elements', 'both passes of RMSNorm', 'RMSNorm'),
  layerNormCycles: constant(44.8, 'cycles/16 elements', 'the three passes of LayerNorm', 'LayerNorm'),
  rowReductionCycles: constant(119, 'cycles', 'horizontal sum and reciprocal root of a row', 'RMSNorm, short rows'),
  ropeCycles: constant(11.2, 'cycles/16 elements', 'rotation of both halves', 'RoPE'),
  softmaxCycles: constant(
    14.6,
    'cycles/16 elements',
    'maximum, exponentials and row sums',
    'FlashAttention, long rows',
  ),
  maskCycles: constant(
    78.2,
    'cycles/16 elements',
    'masking the block on the diagonal, row by row',
    'FlashAttention, causal',
  ),
  copyCycles: constant(10.9, 'cycles/16 elements', 'copying, rescaling or merging bf16 state', 'FlashAttention'),
};

export const CONSTANTS: Constants = Object.fromEntries(
  Object.entries(CALIBRATION).map(([name, { value }]) => [name, value]),
) as Record<ConstantName, number>;
