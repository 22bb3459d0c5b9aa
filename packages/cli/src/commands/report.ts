import { join, resolve } from 'node:path';
import { atomicWriter } from '@tilewright/phases';
import type { CommandContext } from '../command-context.ts';
import { loadReportInput } from '../report/load-report-input.ts';
import { renderReportPage } from '../report/render-report-page.ts';

export interface ReportResult {
  readonly directory: string;
  readonly file: string;
  readonly bytes: number;
}

/** Writes what a workspace holds as one HTML page, by default `report.html` in it. */
export async function report(
  { directory, out }: { readonly directory: string; readonly out?: string },
  { surroundings }: CommandContext,
): Promise<ReportResult> {
  const workspace = resolve(surroundings.cwd, directory);
  const page = renderReportPage(await loadReportInput(workspace));
  const file = out === undefined ? join(workspace, 'report.html') : resolve(surroundings.cwd, out);
  await atomicWriter()(file, page);
  return { directory: workspace, file, bytes: Buffer.byteLength(page) };
}
