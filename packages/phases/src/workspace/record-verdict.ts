import { join } from 'node:path';
import { type EvaluationReport, TilewrightError } from '@tilewright/spec';
import { readManifest, storedJson, WORKSPACE_FILES } from './workspace-files.ts';
import { type AtomicWrite, atomicWriter } from './write-atomic.ts';

/** Where an evaluation's report goes in a workspace. */
export const EVALUATION_FILES = { json: 'evaluation.json', text: 'evaluation_report.md' } as const;

/** Writes an evaluation into the workspace that it judged, and its verdict into the manifest. */
export async function recordVerdict(
  workspace: string,
  report: EvaluationReport,
  text: string,
  write: AtomicWrite = atomicWriter(),
): Promise<void> {
  const manifest = await readManifest(workspace);
  if (manifest === null) {
    throw new TilewrightError('workspace-invalid', `${workspace} is no deployment.`, 'Deploy into it first.', {
      file: workspace,
    });
  }
  const status = report.verdict === 'pass' ? 'accepted' : 'not-accepted';
  await write(join(workspace, EVALUATION_FILES.json), storedJson(report));
  await write(join(workspace, EVALUATION_FILES.text), text);
  await write(
    join(workspace, WORKSPACE_FILES.manifest),
    storedJson({ ...manifest, status, updatedAt: report.evaluatedAt }),
  );
}
