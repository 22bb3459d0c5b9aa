import type { DeviceModel, KernelConfig, Launch, ProgramArgument } from '@tilewright/spec';

/** The kernel's own dimensions by name: `{ m, k, n }`, `{ rows, width }`, … in elements. */
export type KernelShape = Readonly<Record<string, number>>;

/** One kernel as a Program's content: its arguments in order and its launches, usually one. */
export interface BuiltKernel {
  readonly hostPath: 'xclbin' | 'elf';
  readonly arguments: readonly ProgramArgument[];
  readonly launches: readonly Launch[];
}

/** A hard limit that a configuration breaks at a shape; `message` says which, by how much, and what to change. */
export interface BrokenLimit {
  readonly limit: string;
  readonly needed: number;
  readonly available: number;
  readonly message: string;
}

/**
 * A kernel of the registry: which shapes and configurations there are, which of them are legal, and
 * how one becomes a spatial program. Numerics and time are the target's.
 */
export interface KernelDefinition {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly shapeNames: readonly string[];
  readonly configNames: readonly string[];
  /** The values of settings that are words and choose between datapaths: `{ method: ['drain', …] }`. */
  readonly wordSettings?: Readonly<Record<string, readonly string[]>>;
  /** Rounding and accumulation, in words, with the published figure where there is one. */
  readonly datapath: string;
  /** Whether a configuration gives up accuracy for time: plans never choose such a one by themselves. */
  isLowPrecision?(config: KernelConfig): boolean;
  /** Every legal configuration at a shape that is worth trying, in a deterministic order, best guess first. */
  configurations(shape: KernelShape, device: DeviceModel): Iterable<KernelConfig>;
  /** All broken limits: divisibility, herd, channels, L1, L2. Empty when the configuration is legal. */
  limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[];
  /**
   * The smallest shape at least as large that has a configuration worth running; the shape itself
   * where it has one. Padding a padded shape changes nothing. Absent: shapes are taken as they are.
   */
  padded?(shape: KernelShape, device: DeviceModel): KernelShape;
  /** Where one launch of this kernel is another kernel: which, and at what shape. Its published rows then apply. */
  publishedAs?(shape: KernelShape): { readonly kernel: string; readonly shape: KernelShape };
  /**
   * The same tiles as a deployed model runs them, where the stand-alone measurements fix what a deployment
   * does not: batches of shim tasks, ping-pong. Legal where `config` is. Absent: nothing differs.
   */
  deployed?(shape: KernelShape, config: KernelConfig, device: DeviceModel): KernelConfig;
  /** The spatial program. Precondition: `limits` is empty (throws `shape-unsupported` otherwise). */
  build(shape: KernelShape, config: KernelConfig): BuiltKernel;
}
