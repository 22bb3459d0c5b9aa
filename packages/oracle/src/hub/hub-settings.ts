import { join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';

/** Where models come from and where they are kept. */
export interface HubSettings {
  readonly hubUrl: string;
  /** The cache of all of Hugging Face's libraries: `models--org--name/snapshots/<commit>/…` in it. */
  readonly cacheDirectory: string;
  readonly token: string | null;
  /** Whether nothing may be asked of the network. */
  readonly offline: boolean;
}

/**
 * The settings that Hugging Face's own libraries take from an environment: `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`,
 * `HF_TOKEN`, `HF_HUB_OFFLINE` and their older names. Throws `usage` for a token that is none.
 */
export function hubSettings(environment: Readonly<Record<string, string | undefined>>, home: string): HubSettings {
  const read = (...names: string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  const huggingFaceHome = read('HF_HOME') ?? join(read('XDG_CACHE_HOME') ?? join(home, '.cache'), 'huggingface');
  const token = read('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN')?.trim() ?? null;
  if (token !== null && !/^hf_[\w.-]+$/.test(token)) {
    const remedy = 'Take one from https://huggingface.co/settings/tokens, or unset HF_TOKEN for public models.';
    throw new TilewrightError('usage', 'HF_TOKEN is no access token; these begin with hf_.', remedy, {
      field: 'HF_TOKEN',
    });
  }
  return {
    hubUrl: (read('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
    cacheDirectory: read('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(huggingFaceHome, 'hub'),
    token,
    offline: isOn(read('HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE')),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 'true', 'yes', 'on'].includes(value.toLowerCase());
}
