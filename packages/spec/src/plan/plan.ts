import type { ModelSpec } from '../model/model-spec.ts';
import type { StorageFormat } from '../number/storage-format.ts';
import type { Program } from '../program/program.ts';
import type { AxisLayout, TensorLayout } from './layout.ts';

/**
 * A whole deployment as data: which kernels run, at which configuration, in which dispatches, with
 * which buffers where. Everything an agent or a skill may decide is in here, and nothing else is.
 */
export interface Plan {
  readonly specificationVersion: 'v1';
  readonly model: ModelSpec;
  /** The device that the plan was made for: `DeviceModel.id`. */
  readonly device: string;
  /** Padded prompt length in tokens: what one prefill computes. */
  readonly prefillLength: number;
  /** Tokens that the KV cache holds. */
  readonly contextLength: number;
  readonly sections: {
    readonly prefill: PlanSection;
    readonly decode: PlanSection;
    /** Final norm and LM head for one position; used by both of the others. */
    readonly head: PlanSection;
  };
}

export type SectionName = 'prefill' | 'decode' | 'head';

/** Steps of one forward pass: `once` first, then `layer` for every layer in turn. */
export interface PlanSection {
  readonly buffers: readonly PlanBuffer[];
  /** The buffer that holds the residual stream when a layer starts and when it ends; null in `head`. */
  readonly residual: string | null;
  readonly once: readonly PlanStep[];
  readonly layer: readonly PlanStep[];
}

export type PlanStep = DispatchStep | HostStep;

/** One host-to-NPU submission, running its launches in order. */
export interface DispatchStep {
  readonly kind: 'dispatch';
  /** Unique in its section. */
  readonly id: string;
  readonly launches: readonly PlanLaunch[];
}

export interface PlanLaunch {
  /** Unique in its section. */
  readonly id: string;
  readonly kernel: KernelReference;
  /** The kernel's argument names to buffer ids. */
  readonly arguments: Readonly<Record<string, string>>;
  /** The tap within the layer (or `logits`) that this launch's result is compared with; null for none. */
  readonly computes: string | null;
  /**
   * Taps that the kernel computes on the way to `computes` and keeps to itself: what a kernel of several ops
   * has inside. Only a registry kernel that is made of these ops may say so; absent for a kernel of one op.
   */
  readonly inside?: readonly string[] | undefined;
}

export type KernelReference = RegistryKernel | AuthoredKernel;

export interface RegistryKernel {
  readonly origin: 'registry';
  readonly name: string;
  readonly version: number;
  /** The kernel's own names: `{ m, k, n }`, `{ rows, width }`, … */
  readonly shape: Readonly<Record<string, number>>;
  readonly config: KernelConfig;
  /** Where the configuration comes from, so that nothing is a silent guess. */
  readonly basis: ConfigurationBasis;
}

export type KernelConfig = Readonly<Record<string, number | string | boolean>>;

export type ConfigurationBasis =
  /** A published or measured row for exactly this shape. */
  | { readonly kind: 'row'; readonly row: string }
  /** No row for this shape; `nearest` is what was adapted, if anything was near. */
  | { readonly kind: 'derived'; readonly nearest: string | null; readonly reason: string }
  /** Chosen by an agent or a skill. */
  | { readonly kind: 'edited'; readonly by: string };

/** A kernel that nobody registered, brought as data. It meets the same gates. */
export interface AuthoredKernel {
  readonly origin: 'authored';
  readonly name: string;
  /** Exactly one launch; its arguments are the kernel's. */
  readonly program: Program;
}

/**
 * What the buffer is for. `input` is written by the host before each use, `static` once,
 * `intermediate` never (the NPU overwrites it), `output` is read back.
 */
export type BufferRole = 'input' | 'static' | 'intermediate' | 'output';

export interface PlanBuffer {
  /** Unique in its section. */
  readonly id: string;
  readonly role: BufferRole;
  /**
   * `host`: the value lives on the host; every dispatch that names it copies it in before it runs
   * and copies it back after. `device`: one buffer object that stays on the device and is written
   * and read back only as its role says.
   */
  readonly residency: 'host' | 'device';
  /** One for all layers, or one for each. */
  readonly scope: 'model' | 'layer';
  readonly format: StorageFormat;
  readonly layout: TensorLayout;
  readonly content: BufferContent;
}

export type BufferContent =
  /** A value of the forward pass; `tap` is its name within the layer, or a model tap. */
  | { readonly kind: 'activation'; readonly tap: string }
  /** Memory that only the launches of one dispatch use. */
  | { readonly kind: 'scratch' }
  /** Rotation tables for the current positions, one row per (position, head). */
  | { readonly kind: 'rope-table' }
  | WeightContent;

/**
 * A weight, packed by the host. A matrix is stored [in, out] or [out, in] with both axes laid out
 * as the kernels around it want; a vector fills the layout's columns. `firstOutput` and `outputs`
 * cut a part of the output axis (a partition of the LM head).
 */
export type WeightContent =
  | {
      readonly kind: 'matrix';
      /** Layer weight (`q_proj.weight`) for scope `layer`, else a model weight. */
      readonly weight: string;
      readonly stored: 'in-out' | 'out-in';
      readonly input: AxisLayout;
      readonly output: AxisLayout;
      readonly firstOutput: number;
      readonly outputs: number;
      /**
       * Another matrix of the same shape whose outputs alternate with this one's, stored `out-in`: row 2i is
       * output i of `weight`, row 2i + 1 output i of this one. The buffer has twice the rows.
       */
      readonly interleavedWith?: string | undefined;
    }
  | { readonly kind: 'vector'; readonly weight: string };

/** Work that the published deployments leave to the host. It takes time, and is counted. */
export interface HostStep {
  readonly kind: 'host';
  /** Unique in its section. */
  readonly id: string;
  readonly operation: HostOperation;
}

export type HostOperation =
  /** Gathers the rows of the current tokens into `output`. */
  | { readonly name: 'embedding'; readonly output: string }
  /** Writes the rotation rows of the current positions, repeated per head as the layout says. */
  | { readonly name: 'rope-table'; readonly output: string }
  /** Copies one activation into another layout. */
  | { readonly name: 'transpose'; readonly input: string; readonly output: string }
  /** Appends rotated keys and values of the current positions to the KV cache of the layer. */
  | { readonly name: 'append-key-values'; readonly keys: string; readonly values: string }
  /** Grouped-query attention of one position over the KV cache of the layer, FP32. */
  | { readonly name: 'decode-attention'; readonly query: string; readonly output: string }
  /** RMSNorm of one row of the residual stream, FP32. */
  | { readonly name: 'final-norm'; readonly output: string }
  /** Joins the logits of the LM head's partitions. */
  | { readonly name: 'gather-logits'; readonly inputs: readonly string[] };
