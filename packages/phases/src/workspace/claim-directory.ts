import { readdir } from 'node:fs/promises';
import { type DeploymentManifest, TilewrightError } from '@tilewright/spec';
import { readManifest } from './workspace-files.ts';
import { TEMPORARY_FILE } from './write-atomic.ts';

/**
 * Decides whether a directory may be deployed into: it must be missing, empty, or a deployment of the
 * same model. Returns the manifest of what is there, or null. Writes nothing. Throws `workspace-invalid`.
 */
export async function claimDirectory(workspace: string, modelDigest: string): Promise<DeploymentManifest | null> {
  const manifest = await readManifest(workspace);
  if (manifest === null) {
    const [stranger] = (await entries(workspace)).filter((name) => !TEMPORARY_FILE.test(name));
    if (stranger === undefined) return null;
    throw new TilewrightError(
      'workspace-invalid',
      `${workspace} is not empty and is no deployment: it has ${stranger} and no deployment.json.`,
      'Choose a new or empty directory.',
      { file: workspace, got: stranger },
    );
  }
  if (manifest.model.digest === modelDigest) return manifest;
  throw new TilewrightError(
    'workspace-invalid',
    `${workspace} holds a deployment of another model, or of this one before its files changed (${manifest.model.directory}).`,
    'Choose a new directory for this model.',
    { file: workspace, expected: modelDigest, got: manifest.model.digest },
  );
}

async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new TilewrightError(
      'workspace-invalid',
      `${directory} cannot be used as a directory.`,
      'Choose a new or empty directory.',
      { file: directory },
      { cause: error },
    );
  }
}
