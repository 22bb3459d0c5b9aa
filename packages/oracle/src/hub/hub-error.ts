import { TilewrightError } from '@tilewright/spec';
import { formatModelId, type ModelId } from './model-id.ts';

/** What the hub answered, if it did. */
export interface HubAnswer {
  readonly status: number;
  /** Its own word for what was wrong: `RepoNotFound`, `GatedRepo`, `RevisionNotFound`, `EntryNotFound`. */
  readonly code: string | null;
}

/**
 * An error of ours for a request that the hub refused or that never reached it; `unreachable` in its details says that
 * another time may do.
 */
export function hubError(
  id: ModelId,
  answer: HubAnswer | null,
  { hubUrl, token }: { readonly hubUrl: string; readonly token: string | null },
  cause: unknown,
): TilewrightError {
  if (TilewrightError.isInstance(cause)) return cause;
  const shown = formatModelId(id);
  const details = { field: 'model', got: shown, hub: hubUrl, ...(answer && { status: answer.status }) };
  if (answer === null || answer.status >= 500 || answer.status === 429) {
    const reason = answer === null ? reasonOf(cause) : `it answered with status ${answer.status}`;
    return new TilewrightError(
      'download-failed',
      `${shown} could not be had from ${hubUrl}: ${reason}.`,
      'Check the connection and try again; what has been downloaded is kept. Or give the directory of a model that is here.',
      { ...details, unreachable: true },
      { cause },
    );
  }
  if (answer.code === 'GatedRepo' || answer.status === 403) {
    return new TilewrightError(
      'download-failed',
      `${shown} is a gated model, which ${hubUrl} does not give to ${token === null ? 'everybody' : 'the owner of this token'}.`,
      token === null
        ? `Accept its licence on ${hubUrl}/${id.name}, and set HF_TOKEN to your access token.`
        : `Accept its licence on ${hubUrl}/${id.name} with the account that HF_TOKEN belongs to.`,
      details,
      { cause },
    );
  }
  if (answer.code === 'RevisionNotFound') {
    return new TilewrightError(
      'file-missing',
      `${id.name} has no revision ${id.revision} on ${hubUrl}.`,
      'Give a branch, a tag or a whole commit after the @.',
      details,
      { cause },
    );
  }
  if (answer.status === 401 && token !== null && answer.code !== 'RepoNotFound') {
    return new TilewrightError(
      'download-failed',
      `${hubUrl} does not accept the token in HF_TOKEN.`,
      'Set HF_TOKEN to a valid access token, or unset it for public models.',
      details,
      { cause },
    );
  }
  // The hub says 401 to strangers, so as not to tell which private models there are.
  return new TilewrightError(
    'file-missing',
    `There is no model ${shown} on ${hubUrl}${token === null ? ', or it is private' : ' that the owner of this token may see'}.`,
    token === null ? 'Check the name; for a private model set HF_TOKEN.' : 'Check the name.',
    details,
    { cause },
  );
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown; code?: unknown } };
  const inner = cause?.code ?? cause?.message;
  return `${typeof message === 'string' ? message : String(error)}${inner === undefined ? '' : ` (${String(inner)})`}`;
}
