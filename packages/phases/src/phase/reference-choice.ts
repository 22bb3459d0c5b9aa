import type { OpenModel } from '@tilewright/oracle';
import type { ReferenceModel } from '@tilewright/spec';

/** Opens a model in another implementation. Throws `dependency-missing` where it is not installed. */
export type OpenReference = (
  model: OpenModel,
  signal: AbortSignal,
) => Promise<ReferenceModel & { close(): Promise<void> }>;

/** What phase 0 holds the oracle against. */
export interface ReferenceChoice {
  /**
   * `auto`: transformers where it can be opened in time and memory, and the golden file where there is one. The others are
   * exactly that, and an error where it is not there.
   */
  readonly kind: 'auto' | 'transformers' | 'golden' | 'none';
  /** Without it, `auto` is what the golden file has. */
  readonly open?: OpenReference;
  /** With `auto`, how long the other implementation may take from its start to its last value. Default 5 minutes. */
  readonly limitMs?: number;
}
