// Deploys the golden model named by the second argument into the first, from what was built: to be killed.
import { rulesAgent } from '@tilewright/agent-rules';
import { deploy } from '@tilewright/phases';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';

const [workspace, modelDirectory] = process.argv.slice(2);
process.stdout.write('begins\n');
const { status, manifest } = await deploy({
  ...{ modelDirectory, workspace, target: xdna2Simulator(), agent: rulesAgent() },
  skills: [...OPTIMIZATION_SKILLS, ...DEBUG_SKILLS],
  reviewer: { review: async () => ({ kind: 'approve' }) },
  ...{ seed: 7, prefillTokens: 16, contextLength: 40 },
});
process.stdout.write(`${status} ${manifest.planDigest}\n`);
