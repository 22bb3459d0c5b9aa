import type { SectionName } from '../plan/plan.ts';
import type { Timing } from '../target/timing.ts';

/** `profile.json`: what phase 6 found. Whether times are estimates or measurements is `timing`, for all of them. */
export interface PerformanceProfile {
  readonly specificationVersion: 'v1';
  readonly timing: Timing['kind'];
  readonly planDigest: string;
  readonly promptTokens: number;
  /** Length of the sequence at which decode is profiled. */
  readonly decodeLength: number;
  readonly timeToFirstTokenUs: number;
  readonly decodeTokensPerSecond: number;
  readonly sections: readonly SectionProfile[];
  readonly deviceShare: DeviceShare;
  readonly sustained: SustainedPerformance;
}

export interface SectionProfile {
  readonly section: SectionName;
  readonly us: number;
  readonly dispatches: number;
  readonly steps: readonly StepProfile[];
}

/** One step of the plan, all layers together. */
export interface StepProfile {
  readonly step: string;
  readonly calls: number;
  readonly bytes: number;
  /** On the device. */
  readonly runUs: number;
  /** Copies and syncs of its buffers. */
  readonly transferUs: number;
  /** On the host. */
  readonly hostUs: number;
  readonly boundBy: string;
}

/** How much of the work the device does, from 0 to 1. */
export interface DeviceShare {
  /** Of the multiply-accumulates of a prefill, and of one decoded token. */
  readonly prefillMultiplyAccumulates: number;
  readonly decodeMultiplyAccumulates: number;
  /** Of the time. */
  readonly prefillTime: number;
  readonly decodeTime: number;
}

/**
 * Sustained performance as a ratio to the Llama-3.2-1B reference (arXiv 2606.07586, Appendix A), as
 * printed there, which takes heads × head dimension for the hidden size, and with the true width of Q and O.
 */
export interface SustainedPerformance {
  readonly asPrinted: SustainedRatios;
  readonly trueWidth: SustainedRatios;
  /** What T of the reference is: published measurements, with their source. */
  readonly reference: string;
}

export interface SustainedRatios {
  readonly prefill: number;
  readonly decode: number;
}
