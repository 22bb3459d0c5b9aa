import type { ServerTool } from '../tool/server-tool.ts';
import { cancelJob } from './cancel-job.ts';
import { deploymentStatus } from './deployment-status.ts';
import { guestTools } from './guest-tools.ts';
import { listJobs } from './list-jobs.ts';
import { listSkills } from './list-skills.ts';
import { observe } from './observe.ts';
import { pollJob } from './poll-job.ts';
import { registrySearch } from './registry-search.ts';
import { report } from './report.ts';
import { review } from './review.ts';
import { startDeployment } from './start-deployment.ts';
import { startEstimate } from './start-estimate.ts';
import { startEvaluation } from './start-evaluation.ts';

const OWN_TOOLS: readonly ServerTool[] = [
  startDeployment,
  startEvaluation,
  startEstimate,
  pollJob,
  review,
  cancelJob,
  listJobs,
  deploymentStatus,
  report,
  registrySearch,
  listSkills,
  observe,
];

/** Every tool of the server, in a stable order: its own, then those with which a client decides. */
export const SERVER_TOOLS: readonly ServerTool[] = [
  ...OWN_TOOLS,
  ...guestTools(new Set(OWN_TOOLS.map(({ name }) => name))),
];
