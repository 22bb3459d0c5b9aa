import { type DeployedForwardRequest, type Tap, type Tensor, TilewrightError } from '@tilewright/spec';
import type { KeyValueCache } from '../host/key-value-cache.ts';
import type { ProfileRecorder } from './profile-recorder.ts';

/** One pass through a section: which tokens, at which positions, and who listens. */
export interface Pass {
  readonly tokens: readonly number[];
  /** Position of the first of `tokens` in the sequence. */
  readonly position: number;
  readonly caches: readonly KeyValueCache[];
  readonly profile: ProfileRecorder;
  readonly signal: AbortSignal | undefined;
  /** The row of a fed tensor at which this pass starts: a pass may compute a part of a request. */
  readonly feedRow: number;
  readonly feed: DeployedForwardRequest['feed'] | undefined;
  readonly wants: (tap: string) => boolean;
  readonly deliver: (tap: Tap) => void | Promise<void>;
  /** In the head: the row of the residual stream that it takes. */
  readonly headInput?: Float32Array;
}

/** The rows of a fed tensor that a pass computes, flat. Throws `usage` where the tensor does not have them. */
export function fedRows(fed: Tensor, width: number, firstRow: number, rows: number, subject: string): Float32Array {
  if (fed.data.length % width !== 0 || fed.data.length < (firstRow + rows) * width) {
    throw new TilewrightError(
      'usage',
      `A value of shape ${fed.shape.join(' × ')} was fed for ${subject}, which takes ${rows} rows of ${width}.`,
      'Feed a tensor with one row for each token of the call.',
      { field: subject, expected: [rows, width], got: fed.shape },
    );
  }
  return fed.data.subarray(firstRow * width, (firstRow + rows) * width);
}
