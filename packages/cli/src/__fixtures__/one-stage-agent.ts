import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * An agent as somebody might write it: it runs gates, and in phase 4 authors one edit that no skill proposes. The
 * registry's search has flash-attention faster with one cascade stage than with several at small shapes.
 */
const AGENT = `export default {
  specificationVersion: 'v1',
  id: 'one-stage',
  async decide({ situation: { phase, plan }, attempts }) {
    if (phase !== 4 || attempts.length > 0) return { kind: 'run-gate' };
    const launches = plan.sections.prefill.layer.flatMap((step) => step.launches ?? []);
    const { id, kernel } = launches.find((launch) => launch.kernel.name === 'flash-attention');
    const config = { ...kernel.config, numCascadeStages: 1 };
    const edited = { ...kernel, config, basis: { kind: 'edited', by: 'one-stage' } };
    return {
      kind: 'author-edits',
      edits: [{ kind: 'set-kernel', section: 'prefill', launch: id, kernel: edited }],
      reason: 'The search of the registry has one cascade stage faster.',
    };
  },
};
`;

/** Writes the agent's module into a directory; its path. */
export async function oneStageAgent(directory: string): Promise<string> {
  const file = join(directory, 'one-stage-agent.mjs');
  await writeFile(file, AGENT);
  return file;
}
