/**
 * What went wrong, as a stable word that programs may switch on. Exit statuses and documentation
 * are derived from it in one place (`cli`).
 */
export type ErrorCode =
  // What the user gave us
  | 'usage'
  | 'file-missing'
  | 'file-truncated'
  | 'file-malformed'
  | 'file-unwritable'
  | 'config-invalid'
  | 'architecture-unsupported'
  | 'feature-unsupported'
  | 'tensor-missing'
  | 'tensor-misshapen'
  | 'tensor-dtype-unsupported'
  | 'tensor-non-finite'
  | 'tokenizer-unusable'
  | 'token-out-of-range'
  | 'context-exceeded'
  | 'module-unknown'
  | 'workspace-invalid'
  | 'plan-invalid'
  | 'program-invalid'
  | 'kernel-unknown'
  | 'shape-unsupported'
  /** A program or package that we use where it is installed is not, or not as we need it. */
  | 'dependency-missing'
  // What happened on the way
  /** A program that we ran ended with an error of its own. */
  | 'dependency-failed'
  /** A model could not be had from where it is: no connection, no permission, or damaged on the way. */
  | 'download-failed'
  /** The agent could not go on: its service refuses, cannot be reached, or does not answer. */
  | 'agent-failed'
  | 'compile-failed'
  | 'runtime-fault'
  | 'aborted'
  | 'internal';

/** Fields that locate the problem. All optional; the message is built from those that are there. */
export interface ErrorDetails {
  readonly file?: string;
  readonly field?: string;
  readonly tensor?: string;
  readonly op?: string;
  readonly expected?: string | number | readonly number[];
  readonly got?: string | number | readonly number[];
  readonly [name: string]: unknown;
}

const MARKER: unique symbol = Symbol.for('tilewright.error');

/**
 * The one error family. `message` says what was wrong, `remedy` what to do about it. Recognise it
 * with `TilewrightError.isInstance`, which survives two versions of this package in one process.
 */
export class TilewrightError extends Error {
  override readonly name: string = 'TilewrightError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** One sentence in the imperative: what the user can do. */
  readonly remedy: string;

  constructor(
    code: ErrorCode,
    message: string,
    remedy: string,
    details: ErrorDetails = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    Object.defineProperty(this, MARKER, { value: true });
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }

  static isInstance(value: unknown): value is TilewrightError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

/** Throws the `aborted` error if the signal has been aborted; long loops call it between steps. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new TilewrightError(
      'aborted',
      'The work was cancelled.',
      'Run the command again to continue.',
      {},
      {
        cause: signal.reason,
      },
    );
  }
}
