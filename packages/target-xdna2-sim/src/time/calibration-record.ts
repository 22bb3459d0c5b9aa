import type { Program, Statement } from '@tilewright/spec';
import record from './calibration-record.json' with { type: 'json' };
import type { Constants } from './constants.ts';
import { estimateProgram } from './estimate-program.ts';

/** Relative errors of estimated latencies, as shares. */
export interface CalibrationErrors {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** How well the constants do on the rows that they were fitted to, and on shapes that a fit has not seen. */
export interface CalibrationRecord {
  readonly date: string;
  readonly command: string;
  readonly rows: number;
  readonly constants: Constants;
  /** By the publisher's name of the kernel, and `all`. */
  readonly fit: Readonly<Record<string, CalibrationErrors>>;
  readonly leaveOneOut: Readonly<Record<string, CalibrationErrors>>;
}

/** What `npm run fit -- --leave-one-out --write` found last. */
export const CALIBRATION_RECORD: CalibrationRecord = record;

/** The published kernel whose rows fix the cost of a microkernel; what only helps others is not here. */
const CALIBRATED_BY: Readonly<Record<string, string>> = {
  'add-bf16': 'EltwiseAdd',
  'cast-f32-bf16-lanes': 'GEMM',
  'gelu-bf16': 'GELU',
  'gemv-bf16': 'GEMV',
  'gemv-micro-tile-bf16': 'GEMV',
  'gemv-partial-f32': 'GEMV',
  'matmul-bfp16-f32': 'GEMM',
  'matmul-bfp16-f32-generated': 'GEMM',
  'matmul-bfp16-bf16': 'GEMM',
  'rms-norm-bf16': 'RMSNorm',
  'rms-norm-bf16-sum': 'RMSNorm',
  'rope-half-split-bf16': 'RoPE',
  'silu-mul-bf16': 'SiLU_Mul',
};

/** How far an estimate may be off: nine of ten shapes that no fit had seen were nearer than `share`. */
export interface EstimateError {
  readonly share: number;
  /** Published kernels that it rests on; `all` where a launch has no kernel with rows of its own. */
  readonly kernels: readonly string[];
}

/**
 * The error bar of a Program's estimate, from the calibration record: the P90 error of each launch's
 * kernel at left-out shapes, weighted by the launch's time. Errors of launches are taken to add up.
 */
export function estimateError(program: Program): EstimateError {
  const us = new Map<string, number>();
  for (const { name, us: partUs } of estimateProgram(program).parts) {
    const launch = name.replace(/: [^:]*$/, '');
    us.set(launch, (us.get(launch) ?? 0) + partUs);
  }
  const kernels = new Set<string>();
  let weighted = 0;
  let total = 0;
  for (const launch of program.launches) {
    const kernel = calibratingKernel(launch.herds.map(({ body }) => body));
    const launchUs = us.get(launch.name) ?? 0;
    kernels.add(kernel);
    weighted += launchUs * (CALIBRATION_RECORD.leaveOneOut[kernel] as CalibrationErrors).p90;
    total += launchUs;
    // Launches of one name share their parts.
    us.delete(launch.name);
  }
  return { share: total === 0 ? 0 : weighted / total, kernels: [...kernels] };
}

/** An attention has matrix products too, so its softmax is looked for first. */
function calibratingKernel(bodies: readonly (readonly Statement[])[]): string {
  const called = new Set(bodies.flatMap(microkernels));
  if (called.has('attention-softmax')) return 'FlashAttention';
  for (const [microkernel, kernel] of Object.entries(CALIBRATED_BY)) if (called.has(microkernel)) return kernel;
  return 'all';
}

function microkernels(body: readonly Statement[]): string[] {
  return body.flatMap((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return microkernels(statement.body);
    return statement.kind === 'call' ? [statement.microkernel] : [];
  });
}
