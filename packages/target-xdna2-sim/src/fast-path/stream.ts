/** Words that the shim's output side takes ahead of a process that has not reached its `get` yet. */
export const SHIM_ALLOWANCE_WORDS = 8192;

/** Something that can be woken: a process that waits on a stream. */
export interface Waiter {
  queued: boolean;
}

/** The receiving end at one index: what it has taken, and what it could hold beyond that. */
export interface Reader {
  taken: number;
  /** Words that its buffers, both copies of each, hold before the process asks for them. */
  allowance: number;
  waiting: Waiter | null;
}

/**
 * One stream of a channel, in words: what has been put and not yet been taken by every reader lies
 * in a ring. Counts are since the start of the launch.
 */
export interface Stream {
  readonly name: string;
  readonly bytesPerElement: number;
  ring: Int32Array;
  put: number;
  /** The process that puts; known once one is bound. */
  writer: object | null;
  writerWaiting: Waiter | null;
  readonly readers: Reader[];
}

export function stream(name: string, bytesPerElement: number): Stream {
  return {
    name,
    bytesPerElement,
    ring: new Int32Array(256),
    put: 0,
    writer: null,
    writerWaiting: null,
    readers: [],
  };
}

/** Up to where every reader has taken the data. A stream that nobody reads is never taken. */
export function takenByAll(target: Stream): number {
  let taken = target.readers.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const reader of target.readers) taken = Math.min(taken, reader.taken);
  return taken;
}

/** Up to where every reader has taken the data or has a free buffer for it. */
export function acceptedByAll(target: Stream): number {
  let accepted = target.readers.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const reader of target.readers) accepted = Math.min(accepted, reader.taken + reader.allowance);
  return accepted;
}

/** Makes room for `words` more; keeps what has not been taken. */
export function reserve(target: Stream, words: number): void {
  const taken = takenByAll(target);
  const needed = target.put - taken + words;
  if (needed <= target.ring.length) return;
  let length = target.ring.length;
  while (length < needed) length *= 2;
  const ring = new Int32Array(length);
  for (let at = taken; at < target.put; at++) ring[at & (length - 1)] = target.ring[at & (target.ring.length - 1)];
  target.ring = ring;
}

/** Forgets everything, for the next run of the launch. */
export function resetStream(target: Stream): void {
  target.put = 0;
  target.writerWaiting = null;
  for (const reader of target.readers) {
    reader.taken = 0;
    reader.waiting = null;
  }
}
