import { fileURLToPath } from 'node:url';
import { rulesAgent } from '@tilewright/agent-rules';
import { type DeployRequest, type DeployResult, deploy } from '@tilewright/phases';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { Review } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';

/** Where the golden models are. */
export const GOLDENS: string = fileURLToPath(new URL('../../test-data/goldens/', import.meta.url));

/** Deploys a golden model with all of our own parts, at lengths that keep it short, and approves everything. */
export function deployGolden(workspace: string, changes: Partial<DeployRequest> = {}): Promise<DeployResult> {
  return deploy({
    ...{ modelDirectory: `${GOLDENS}llama-gqa`, workspace, target: xdna2Simulator(), agent: rulesAgent() },
    skills: [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS],
    reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) },
    ...{ seed: 7, prefillTokens: 16, contextLength: 40 },
    ...changes,
  });
}
