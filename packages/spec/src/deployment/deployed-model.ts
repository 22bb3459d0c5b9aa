import type { ModelSpec } from '../model/model-spec.ts';
import type { ForwardRequest } from '../model/oracle.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Timing } from '../target/timing.ts';

export interface DeployedForwardRequest extends ForwardRequest {
  /**
   * Teacher forcing: before a step reads the value named by this tap, it is replaced by what `feed`
   * returns (undefined leaves the deployment's own). Feeding every tap isolates each kernel, feeding
   * `layers.N.input` isolates each block, feeding nothing runs the model. It is awaited: the value may still have to be
   * computed.
   */
  readonly feed?: (tap: string) => Tensor | undefined | Promise<Tensor | undefined>;
}

/** A running sequence on a target, with its KV cache. The first call prefills, the next decode. */
export interface DeployedSequence {
  readonly length: number;
  /** Logits, [1 or tokens, vocabularySize]. A prefill takes at most the plan's `prefillLength` tokens. */
  forward(request: DeployedForwardRequest): Promise<Tensor>;
  /** Replaces the KV cache of a layer, to isolate a decode step from the prefill before it. */
  setKeyValues(layer: number, keys: Tensor, values: Tensor): void;
  /** Where the time of all calls so far went. */
  readonly profile: Profile;
}

/** A kernel of several ops: its tap, and those that it computes on the way and keeps to itself. */
export interface FusedTaps {
  readonly tap: string;
  readonly inside: readonly string[];
}

/** A compiled plan with its weights on a target, as gates see it: the same taps as the oracle's. */
export interface DeployedModel {
  readonly model: ModelSpec;
  /** Taps within a layer that a section can deliver, in execution order. */
  taps(section: 'prefill' | 'decode'): readonly string[];
  /** What its kernels of several ops keep to themselves, within a layer. Absent: there are none. */
  inside?(section: 'prefill' | 'decode'): readonly FusedTaps[];
  start(): DeployedSequence;
  close(): Promise<void>;
}

/** Time by step, summed over calls. */
export interface Profile {
  readonly entries: readonly ProfileEntry[];
}

export interface ProfileEntry {
  readonly section: 'prefill' | 'decode' | 'head';
  readonly step: string;
  /** What the host and the device do for a step. */
  readonly action: 'copy-in' | 'sync-in' | 'run' | 'sync-out' | 'copy-out' | 'host';
  readonly calls: number;
  readonly bytes: number;
  readonly timing: Timing['kind'];
  readonly us: number;
}
