import type { PlanEdit } from '../plan/plan-edit.ts';

/**
 * Something that a deployment taught, for the next one: in the workspace and in the user's store. A
 * lesson is advice; gates and times still decide.
 */
export interface Lesson {
  readonly specificationVersion: 'v1';
  /** Stable: the same lesson from another deployment has the same id. */
  readonly id: string;
  /** `kept` and `rejected` are about a proposal, `cured` about a finding, `noted` is an agent's own. */
  readonly kind: 'kept' | 'rejected' | 'cured' | 'noted';
  /** One sentence for people. */
  readonly statement: string;
  readonly phase: number;
  readonly skill: string | null;
  /** The proposal that it is about, by its id. */
  readonly proposal: string | null;
  /**
   * The change itself, where no skill proposed it: what an agent authored, for the next one to try and for
   * `skills promote`. Absent for others, and where it brought a kernel's whole Program.
   */
  readonly edits?: readonly PlanEdit[];
  /** Where it was learnt, so that the next one can see how near that is. */
  readonly learntOn: LessonOrigin;
  readonly evidence: readonly string[];
  /** Share of the time that was gained; null where there is none to tell. */
  readonly gain: number | null;
  readonly recordedAt: string;
}

export interface LessonOrigin {
  readonly target: string;
  readonly modelFamily: string;
  readonly modelDigest: string;
  readonly prefillLength: number;
  readonly contextLength: number;
}

/** `lessons.json`: what a deployment taught; `lessons-given.json`: what it began with. */
export interface Lessons {
  readonly specificationVersion: 'v1';
  readonly lessons: readonly Lesson[];
}
