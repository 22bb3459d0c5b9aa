import { homedir } from 'node:os';
import { basename, dirname } from 'node:path';
import { absoluteModel, SYNTHETIC } from '@tilewright/oracle';
import { type FetchProgress, fetchModel, hubSettings, parseModelId, type Want } from '@tilewright/oracle/hub';
import { TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { exists } from '../files/exists.ts';
import { formatBytes } from '../terminal/quantities.ts';

/** A MODEL argument, found. */
export interface ResolvedModel {
  /** What `openModel` takes: absolute, and on this machine. */
  readonly path: string;
  /** `Qwen3-4B` of a directory, a file, `Qwen/Qwen3-4B` or `configs/Qwen3-4B.json`. */
  readonly name: string;
  /** The model and its commit on Hugging Face's hub, `org/name@commit`; null for what was here. */
  readonly source: string | null;
}

/**
 * What every command understands by MODEL: a directory or a GGUF file; where there is none of that name, a model of
 * Hugging Face's hub, `org/name[/FILE.gguf][@revision]`, which is fetched into the standard cache; or `synthetic:`
 * and a `config.json`. Throws `file-missing`, `download-failed`, `usage` and whatever fetching throws.
 */
export async function resolveModel(
  text: string,
  context: CommandContext,
  want: Want = 'model',
): Promise<ResolvedModel> {
  const { surroundings, progress, signal } = context;
  const path = absoluteModel(text, surroundings.cwd);
  const file = path.startsWith(SYNTHETIC) ? path.slice(SYNTHETIC.length) : path;
  if (await exists(file)) return { path, name: modelName(file), source: null };
  const id = path === file ? parseModelId(text) : null;
  if (id === null) throw notFound(text, file);

  progress.step(`looking for ${text} on Hugging Face`);
  const settings = hubSettings(surroundings.environment, surroundings.environment.HOME ?? homedir());
  const fetched = await fetchModel(text, {
    ...settings,
    want,
    signal,
    onProgress: (event) => report(event, text, context),
  }).catch((error: unknown) => {
    throw alsoNoPath(error, text, file);
  });
  const gguf = id.ggufFile === null ? '' : `/${id.ggufFile}`;
  return {
    path: fetched.path,
    name: basename(id.ggufFile ?? id.name, '.gguf'),
    source: `${id.name}${gguf}@${fetched.commit}`,
  };
}

/**
 * The model of a deployment: where its manifest says, or, if that has gone from this machine, at the commit of the hub
 * that it came from. Whether it still is the same model its digest tells, not this.
 */
export async function deployedModelPath(
  model: { readonly directory: string; readonly source?: string },
  workspace: string,
  context: CommandContext,
): Promise<string> {
  const path = absoluteModel(model.directory, workspace);
  if (model.source === undefined || path.startsWith(SYNTHETIC) || (await exists(path))) return path;
  return (await resolveModel(model.source, context)).path;
}

/** `Qwen3-4B` of `configs/Qwen3-4B.json`, `tiny-llama` of `models/tiny-llama/config.json`. */
function modelName(path: string): string {
  const name = basename(path);
  if (name === 'config.json') return basename(dirname(path));
  return name.replace(/\.(json|gguf)$/i, '');
}

function report(event: FetchProgress, text: string, { progress }: CommandContext): void {
  if (event.kind === 'from-cache') {
    progress.line(`${text}: as the cache has it, commit ${event.commit.slice(0, 12)} (${event.reason})`);
    return;
  }
  const { path, receivedBytes, totalBytes, done, files } = event;
  progress.step(`${path}: ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)} (file ${done + 1} of ${files})`);
}

function notFound(text: string, path: string): TilewrightError {
  return new TilewrightError(
    'file-missing',
    `There is no model at ${path}.`,
    'Give a directory with config.json and safetensors, a .gguf file, a Hugging Face id such as Qwen/Qwen3-0.6B, or synthetic:PATH/config.json.',
    { file: path, field: 'model', got: text },
  );
}

/** A path that somebody mistyped looks like a model of the hub: the message must say that both were tried. */
function alsoNoPath(error: unknown, text: string, path: string): unknown {
  if (!TilewrightError.isInstance(error)) return error;
  if (error.code !== 'file-missing' && error.code !== 'download-failed') return error;
  return new TilewrightError(
    error.code,
    `${path} does not exist, and on Hugging Face: ${error.message}`,
    error.remedy,
    { ...error.details, file: path, got: text },
    { cause: error },
  );
}
