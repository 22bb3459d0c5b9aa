import { TilewrightError } from '../errors/tilewright-error.ts';

/** Which limit of the device a program breaks, or what will go wrong with it. */
export type DiagnosticCode =
  | 'l1-exceeded'
  | 'l2-exceeded'
  | 'program-memory-exceeded'
  | 'shim-channels-exceeded'
  | 'memtile-channels-exceeded'
  | 'core-channels-exceeded'
  | 'buffer-descriptors-exceeded'
  | 'locks-exceeded'
  | 'repeat-count-exceeded'
  | 'stride-exceeded'
  | 'wrap-exceeded'
  | 'dimensions-exceeded'
  | 'transfer-misaligned'
  | 'herd-out-of-array'
  | 'herds-overlap'
  | 'cascade-invalid'
  | 'routing-congested'
  | 'channel-invalid'
  | 'microkernel-unknown'
  | 'microkernel-limit'
  | 'program-malformed'
  | HazardCode;

/**
 * What the device's own compiler takes without a word and what goes wrong when it runs: `odd-trip-count`
 * and `output-incomplete` give wrong numbers, `task-queue-overflow` hangs.
 */
export type HazardCode = 'odd-trip-count' | 'output-incomplete' | 'task-queue-overflow';

/** One broken limit, with everything that is needed to act on it. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly dispatch: string;
  readonly launch: string;
  /** The resource in words: `L1 of core (3, 2)`, `MM2S channels of shim column 1`. */
  readonly resource: string;
  readonly needed: number;
  readonly available: number;
  readonly unit: string;
  readonly place: { readonly column: number; readonly row: number } | null;
  readonly message: string;
  /** What usually cures it. */
  readonly cure: string;
}

/** A program that does not fit. All diagnostics, not the first. */
export class CompileError extends TilewrightError {
  override readonly name: string = 'CompileError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics[0];
    super(
      'compile-failed',
      first === undefined
        ? 'The plan does not compile.'
        : `${first.dispatch} does not compile: ${first.message}${diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : ''}`,
      first?.cure ?? 'See the diagnostics.',
      { diagnostics },
    );
    this.diagnostics = diagnostics;
  }
}
