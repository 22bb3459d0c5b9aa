import type {
  DeploymentManifest,
  EvaluationReport,
  GateReport,
  Lesson,
  OptimizationTrajectory,
  PerformanceProfile,
  Plan,
} from '@tilewright/spec';

/** What the report page is made of. Null is what the deployment does not have (yet): the page says so. */
export interface ReportInput {
  readonly manifest: DeploymentManifest;
  /** Of the phases that have run, in their order. */
  readonly gateReports: readonly GateReport[];
  readonly plan: Plan | null;
  /** The plan before the first optimisation. */
  readonly initialPlan: Plan | null;
  readonly trajectory: OptimizationTrajectory | null;
  readonly profile: PerformanceProfile | null;
  readonly evaluation: EvaluationReport | null;
  readonly lessons: readonly Lesson[] | null;
  /** ISO 8601. */
  readonly generatedAt: string;
}
