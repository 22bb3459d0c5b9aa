export { agentUsageSchema, budgetSchema, transcriptEntrySchema } from './agent-schema.ts';
export { recordedCureSchema } from './cure-schema.ts';
export { decisionSchema } from './decision-schema.ts';
export { deploymentManifestSchema, evaluationReportSchema } from './deployment-schema.ts';
export { gateReportSchema } from './gate-schema.ts';
export { modelSpecSchema } from './model-schema.ts';
export {
  lessonSchema,
  lessonsSchema,
  optimizationTrajectorySchema,
  performanceProfileSchema,
} from './optimization-schema.ts';
export { planEditSchema, planSchema } from './plan-schema.ts';
export { programSchema } from './program-schema.ts';
export type { Schema } from './schema.ts';
export { deploymentIssuesSchema, recordedReviewSchema, runnerManifestSchema } from './workspace-schema.ts';
