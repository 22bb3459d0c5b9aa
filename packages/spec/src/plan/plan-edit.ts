import type { TensorLayout } from './layout.ts';
import type { BufferRole, KernelReference, PlanBuffer, PlanLaunch, PlanStep, SectionName } from './plan.ts';

/** A change of a Plan that can be shown, composed and reverted. */
export type PlanEdit =
  /** Makes one dispatch of several that follow each other in the same part of a section. */
  | {
      readonly kind: 'merge-dispatches';
      readonly section: SectionName;
      readonly dispatches: readonly string[];
      readonly into: string;
    }
  | {
      readonly kind: 'split-dispatch';
      readonly section: SectionName;
      readonly dispatch: string;
      /** The launches of each part, in order. */
      readonly into: readonly { readonly id: string; readonly launches: readonly string[] }[];
    }
  | {
      readonly kind: 'set-residency';
      readonly section: SectionName;
      readonly buffer: string;
      readonly residency: 'host' | 'device';
      readonly role: BufferRole;
    }
  | {
      readonly kind: 'set-layout';
      readonly section: SectionName;
      readonly buffer: string;
      readonly layout: TensorLayout;
    }
  | {
      readonly kind: 'set-kernel';
      readonly section: SectionName;
      readonly launch: string;
      readonly kernel: KernelReference;
    }
  /**
   * Puts one launch in the place of several that follow each other: launches of one dispatch, or all launches of
   * dispatches that follow each other, which become one.
   */
  | {
      readonly kind: 'fuse-launches';
      readonly section: SectionName;
      readonly launches: readonly string[];
      readonly into: PlanLaunch;
    }
  | {
      readonly kind: 'bind-argument';
      readonly section: SectionName;
      readonly launch: string;
      readonly argument: string;
      readonly buffer: string;
    }
  | { readonly kind: 'add-buffer'; readonly section: SectionName; readonly buffer: PlanBuffer }
  | { readonly kind: 'remove-buffer'; readonly section: SectionName; readonly buffer: string }
  | {
      readonly kind: 'insert-step';
      readonly section: SectionName;
      readonly part: 'once' | 'layer';
      readonly index: number;
      readonly step: PlanStep;
    }
  | {
      readonly kind: 'remove-step';
      readonly section: SectionName;
      readonly part: 'once' | 'layer';
      readonly step: string;
    };
