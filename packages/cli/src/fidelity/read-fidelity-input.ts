import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { exists } from '../files/exists.ts';
import { type AblationRecord, ablationRecords } from './deployments/ablation-record.ts';
import { type DeploymentRecord, deploymentRecords } from './deployments/deployment-record.ts';
import { type GatedRows, gatedRows } from './gated-rows.ts';
import { type PublishedRecord, publishedRecords } from './published-record.ts';

export interface FidelityInput {
  readonly rowsFile: string;
  readonly gatedFile: string | null;
  readonly records: readonly PublishedRecord[];
  readonly gated: GatedRows;
  readonly deployments: readonly DeploymentRecord[];
  readonly ablation: readonly AblationRecord[];
}

/** The files, relative to the directory of a call. Each but `rows` is by default its namesake beside the rows, if any. */
export interface FidelityFiles {
  readonly rows: string;
  readonly gated?: string;
  readonly models?: string;
  readonly trajectory?: string;
}

/**
 * Reads the rows, the list of those that count, the published deployments and the trajectory of optimisation steps.
 * Throws `file-missing`, `file-malformed`.
 */
export async function readFidelityInput(cwd: string, files: FidelityFiles): Promise<FidelityInput> {
  const rowsFile = resolve(cwd, files.rows);
  const find = async (given: string | undefined, name: string): Promise<string | null> => {
    if (given !== undefined) return resolve(cwd, given);
    const beside = join(dirname(rowsFile), name);
    return (await exists(beside)) ? beside : null;
  };
  const gatedFile = await find(files.gated, 'gated.json');
  const modelsFile = await find(files.models, 'models.json');
  const trajectoryFile = await find(files.trajectory, 'trajectory.json');
  return {
    rowsFile,
    gatedFile,
    records: publishedRecords(await readJson(rowsFile), rowsFile),
    gated: gatedFile === null ? gatedRows({}, '') : gatedRows(await readJson(gatedFile), gatedFile),
    deployments: modelsFile === null ? [] : deploymentRecords(await readJson(modelsFile)),
    ablation: trajectoryFile === null ? [] : ablationRecords(await readJson(trajectoryFile)),
  };
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new TilewrightError(
      'file-missing',
      `${file} cannot be read.`,
      'Give a file that is there.',
      { file },
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TilewrightError('file-malformed', `${file} is not JSON.`, 'Give a JSON file.', { file }, { cause });
  }
}
