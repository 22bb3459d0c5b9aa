import type { BufferRole, KernelConfig, PlanBuffer, SectionName } from '@tilewright/spec';

/**
 * What a list of edits is an example of: where else in a plan the same could be done. A rule knows kernels,
 * settings and roles, and no id of the plan that it was learnt on.
 */
export type EditRule = KernelRule | MergeRule | ResidencyRule | FusionRule;

/** Other settings for launches of a kernel. */
export interface KernelRule {
  readonly kind: 'set-kernel';
  readonly section: SectionName;
  readonly kernel: string;
  /** What was changed, with the values that it was given. Other settings stay as they are found. */
  readonly settings: KernelConfig;
  /** Results of the launches that it is about; null: whatever they compute. */
  readonly only: readonly string[] | null;
  /** One proposal for all launches, where several were changed in one attempt; else one for each. */
  readonly together: boolean;
}

/** Dispatches that follow each other as one, and values between them kept on the device. */
export interface MergeRule {
  readonly kind: 'merge-dispatches';
  readonly section: SectionName;
  /** Names of the kernels of each dispatch, in order. */
  readonly run: readonly (readonly string[])[];
  readonly buffers: readonly KeptArgument[];
}

/** The buffer that is an argument of a launch, found by its place in the run. */
export interface ArgumentPlace {
  readonly dispatch: number;
  readonly launch: number;
  readonly argument: string;
}

interface KeptArgument extends ArgumentPlace, Placement {}

interface Placement {
  readonly residency: 'host' | 'device';
  readonly role: BufferRole;
}

/** Buffers that are used in the same way, all of a section at once. */
export interface ResidencyRule {
  readonly kind: 'set-residency';
  readonly section: SectionName;
  readonly buffers: readonly BufferKind[];
  /** Taps and weights that it is about; null: whatever the buffers hold. */
  readonly only: readonly string[] | null;
}

export interface BufferKind {
  readonly content: PlanBuffer['content']['kind'];
  readonly scope: PlanBuffer['scope'];
  /** Kernels and their arguments, and the host's operations, that name the buffer: `gemm.c`, `host transpose.input`. */
  readonly uses: readonly string[];
  readonly from: Placement;
  readonly to: Placement;
}

/** One launch in the place of several that follow each other. Launches are named by their place among those. */
export interface FusionRule {
  readonly kind: 'fuse-launches';
  readonly section: SectionName;
  /** Names of the kernels of the launches that are replaced. */
  readonly run: readonly string[];
  readonly kernel: string;
  readonly version: number;
  /** Each dimension of the new kernel as a dimension of one of the launches. */
  readonly shape: Readonly<Record<string, { readonly launch: number; readonly dimension: string }>>;
  /** Taken where it is legal; else the registry's choice for the shape. */
  readonly config: KernelConfig;
  readonly arguments: Readonly<Record<string, LaunchArgument>>;
  /** The launch whose result it computes, and those whose results it keeps to itself. */
  readonly computes: number;
  readonly inside: readonly number[];
  /** Buffers that nobody names any more. */
  readonly removed: readonly LaunchArgument[];
}

export interface LaunchArgument {
  readonly launch: number;
  readonly argument: string;
}
