import type { DispatchId, LoweredPlan } from '../plan/lowered-plan.ts';
import type { DeviceModel } from './device-model.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Estimate, Timing } from './timing.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Something that compiles and runs lowered plans: a simulator, or hardware. */
export interface Target {
  readonly specificationVersion: 'v1';
  readonly id: string;
  /** `graph` is reserved for compilers that take a whole graph instead of Programs. */
  readonly kind: 'spatial';
  /** Says what its times are; a simulator never measures. */
  readonly timing: 'estimate' | 'measurement';
  readonly device: DeviceModel;
  /** Yes, or every limit that the plan breaks. */
  supports(lowered: LoweredPlan, options?: CallOptions): Promise<Support>;
  /** Throws `CompileError` with all diagnostics. */
  compile(lowered: LoweredPlan, options?: CallOptions): Promise<Compiled>;
  /** Time of each dispatch without running numerics. */
  estimate?(compiled: Compiled, options?: CallOptions): Promise<ReadonlyMap<DispatchId, Estimate>>;
  open(compiled: Compiled, options?: SessionOptions): Promise<TargetSession>;
}

export interface SessionOptions extends CallOptions {
  /**
   * `literal` executes every DMA and tile step, for small shapes; `fast` computes the same bits
   * sooner. Targets without the distinction ignore it. Default `fast`.
   */
  readonly execution?: 'literal' | 'fast';
}

export type Support = { readonly ok: true } | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A compiled plan. What is in it is its target's business; `resources` is for people and reports. */
export interface Compiled {
  readonly target: string;
  readonly lowered: LoweredPlan;
  readonly resources: ReadonlyMap<DispatchId, readonly ResourceUse[]>;
  /** What compiles and will go wrong when it runs, as far as the target foresees it; absent where it does not look. */
  readonly hazards?: readonly Diagnostic[];
}

export interface ResourceUse {
  readonly launch: string;
  readonly resource: string;
  readonly used: number;
  readonly available: number;
  readonly unit: string;
}

/** Buffers and contexts on the device. Bytes are little-endian in the argument's storage format. */
export interface TargetSession {
  allocate(request: { readonly name: string; readonly bytes: number }): Promise<BufferObject>;
  /** Makes the other side see what this side holds. */
  sync(buffer: BufferObject, direction: 'to-device' | 'from-device'): Promise<Timing>;
  /** Throws `RuntimeFault`. `buffers` are in the order of the program's arguments. */
  run(dispatch: DispatchId, buffers: readonly BufferObject[], options?: CallOptions): Promise<RunReport>;
  close(): Promise<void>;
}

/**
 * A buffer object: `host` is the host's mapped copy. The device has its own, and neither sees the
 * other's writes before a sync.
 */
export interface BufferObject {
  readonly name: string;
  readonly bytes: number;
  readonly host: Uint8Array;
}

export interface RunReport {
  readonly dispatch: DispatchId;
  readonly timing: Timing;
}
