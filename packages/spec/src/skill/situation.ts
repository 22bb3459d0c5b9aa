import type { Profile } from '../deployment/deployed-model.ts';
import type { GateReport } from '../gate/gate-report.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { DeviceModel } from '../target/device-model.ts';
import type { Diagnostic } from '../target/diagnostic.ts';
import type { FaultDump } from '../target/runtime-fault.ts';

/** Everything that a skill may look at. It is data, so that a situation can be recorded and replayed. */
export interface Situation {
  readonly phase: number;
  readonly plan: Plan;
  readonly device: DeviceModel;
  readonly profile: Profile | null;
  /** What went wrong last, if anything did. */
  readonly failure: Failure | null;
}

export type Failure =
  | { readonly kind: 'compile'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'runtime'; readonly dispatch: string; readonly fault: string; readonly dump: FaultDump }
  | { readonly kind: 'gate'; readonly report: GateReport };

/** A place where a skill applies, with the evidence for it. */
export interface Match {
  readonly skill: string;
  /** What in the plan or failure it is about: buffer, dispatch, column, … */
  readonly subject: string;
  readonly evidence: readonly string[];
}

/** A change worth trying. Whether it is kept is for gates and times to say. */
export interface Proposal {
  readonly id: string;
  readonly skill: string;
  readonly summary: string;
  readonly edits: readonly PlanEdit[];
  readonly expectedGainUs: number | null;
  /** Why the result stays the same. */
  readonly safety: string;
}

/** A cause, with its evidence and the edits that cure it, if any are known. */
export interface Finding {
  readonly skill: string;
  readonly cause: string;
  readonly evidence: readonly string[];
  readonly edits: readonly PlanEdit[];
}

export interface OptimizationSkill {
  readonly specificationVersion: 'v1';
  readonly kind: 'optimization';
  /** The folder name of its SKILL.md. */
  readonly id: string;
  /** The text of its SKILL.md. */
  readonly doc: string;
  match(situation: Situation): readonly Match[];
  propose(situation: Situation, match: Match): Proposal;
}

export interface DebugSkill {
  readonly specificationVersion: 'v1';
  readonly kind: 'debug';
  readonly id: string;
  readonly doc: string;
  match(situation: Situation): readonly Match[];
  diagnose(situation: Situation, match: Match): Finding;
}

export type Skill = OptimizationSkill | DebugSkill;
