import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EVALUATION_FILES, WORKSPACE_FILES } from '@tilewright/phases';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { OPTIMISED } from './__fixtures__/optimised-deployment.ts';
import { loadReportInput } from './load-report-input.ts';

const FILES: Readonly<Record<string, unknown>> = {
  'plan.json': OPTIMISED.plan,
  'gates/phase-1.json': OPTIMISED.gateReports[0],
  'gates/phase-4.json': OPTIMISED.gateReports[1],
  [WORKSPACE_FILES.baseline]: OPTIMISED.initialPlan,
  [WORKSPACE_FILES.trajectory]: OPTIMISED.trajectory,
  [WORKSPACE_FILES.profile]: OPTIMISED.profile,
  [EVALUATION_FILES.json]: OPTIMISED.evaluation,
  [WORKSPACE_FILES.lessons]: { specificationVersion: 'v1', lessons: OPTIMISED.lessons },
};

async function workspace(files: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [name, value] of Object.entries({ 'deployment.json': OPTIMISED.manifest, ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return directory;
}

describe('loadReportInput', () => {
  it('reads what a workspace holds', async () => {
    const { generatedAt, ...input } = await loadReportInput(await workspace(FILES));
    const { generatedAt: _, ...expected } = OPTIMISED;
    expect(input).toEqual(expected);
    expect(Number.isNaN(Date.parse(generatedAt))).toBe(false);
  });

  it('has null for what is not there', async () => {
    expect(await loadReportInput(await workspace({}))).toMatchObject({
      manifest: OPTIMISED.manifest,
      gateReports: [],
      plan: null,
      initialPlan: null,
      trajectory: null,
      profile: null,
      evaluation: null,
      lessons: null,
    });
  });

  it.each(Object.keys(FILES))('names %s where it is broken', async (name) => {
    for (const broken of ['{"specificationVersion": "v1"', '{"specificationVersion": "v2"}']) {
      const directory = await workspace({ ...FILES, [name]: broken });
      await expect(loadReportInput(directory)).rejects.toMatchObject({
        code: 'workspace-invalid',
        details: { file: join(directory, name) },
      });
    }
  });

  it('refuses a directory that is no deployment', async () => {
    await expect(loadReportInput(await temporaryDirectory())).rejects.toMatchObject({ code: 'workspace-invalid' });
  });
});
