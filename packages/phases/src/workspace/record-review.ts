import { join } from 'node:path';
import { type PhaseRecord, type Review, TilewrightError } from '@tilewright/spec';
import { reportDigest } from './journal.ts';
import { readGateReport, readManifest, storedJson, WORKSPACE_FILES } from './workspace-files.ts';
import { type AtomicWrite, atomicWriter } from './write-atomic.ts';

/**
 * Writes a human's answer to a deployment that waits; the next `deploy` into the workspace goes by it. Returns
 * the phase that it is about. Throws `workspace-invalid`, and `usage` where nothing waits or where a question
 * cannot be answered by approving.
 */
export async function recordReview(
  workspace: string,
  review: Review,
  write: AtomicWrite = atomicWriter(),
): Promise<PhaseRecord> {
  const manifest = await readManifest(workspace);
  if (manifest === null) {
    throw new TilewrightError('workspace-invalid', `${workspace} is no deployment.`, 'Deploy into it first.', {
      file: workspace,
    });
  }
  const waiting = manifest.phases.find(({ status }) => status === 'waiting');
  const report = waiting && (await readGateReport(workspace, waiting.phase));
  if (!waiting || !report) {
    throw new TilewrightError(
      'usage',
      `The deployment in ${workspace} does not wait for anybody: it is ${manifest.status}.`,
      'Run `tilewright status` on it to see where it is.',
      { file: workspace, got: manifest.status },
    );
  }
  if (review.kind === 'approve' && report.verdict !== 'pass') {
    throw new TilewrightError(
      'usage',
      `Phase ${waiting.phase} has not passed its gate, which no approval can change: ${report.summary}`,
      'Redirect it with words for the agent, or reject it.',
      { got: report.verdict },
    );
  }
  const recorded = {
    ...{ specificationVersion: 'v1', phase: waiting.phase, reportDigest: reportDigest(report), review },
    recordedAt: new Date().toISOString(),
  };
  await write(join(workspace, WORKSPACE_FILES.review), storedJson(recorded));
  return waiting;
}
