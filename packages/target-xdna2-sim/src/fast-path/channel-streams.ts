import { BYTES_PER_ELEMENT, type Channel, type StorageFormat, TilewrightError } from '@tilewright/spec';
import type { ProcessBuffer } from './process.ts';
import { type Reader, SHIM_ALLOWANCE_WORDS, type Stream, stream } from './stream.ts';

/** The buffer that a reader receives in and the words of one `get`; null at the shim, which has no buffers. */
export type ReceivingBuffer = { readonly buffer: ProcessBuffer; readonly words: number } | null;

/** The streams of one channel and who is bound to their ends. */
export interface ChannelStreams {
  readonly kind: Channel['kind'];
  readonly format: StorageFormat;
  readonly streams: readonly Stream[];
  /** The stream that a put at this index feeds. Each stream has one writer. */
  write(at: readonly number[], writer: object, text: string): Stream;
  /** The stream that feeds a get at this index, and its place among the readers. */
  read(
    at: readonly number[],
    reader: object,
    receiving: ReceivingBuffer,
    text: string,
  ): { readonly stream: Stream; readonly reader: Reader };
}

export function channelStreams(channel: Channel): ChannelStreams {
  const received = channel.broadcast ?? channel.shape;
  const streams = indices(channel.shape).map((index) =>
    stream(`${channel.name}[${index.join(', ')}]`, BYTES_PER_ELEMENT[channel.format]),
  );
  const readers = new Map<
    number,
    { readonly owner: object; readonly reader: Reader; readonly words: Map<object, number> }
  >();

  return {
    kind: channel.kind,
    format: channel.format,
    streams,
    write(at, writer, text) {
      const target = streams[flatIndex(at, channel.shape, text)];
      if (target.writer !== null && target.writer !== writer) throw twoOwners(text, 'puts', target.name);
      target.writer = writer;
      return target;
    },
    read(at, owner, receiving, text) {
      const flat = flatIndex(at, received, text);
      // An axis of one stretches: every index of the broadcast shape hears the stream at 0.
      const source = at.map((index, axis) => (channel.shape[axis] === 1 ? 0 : index));
      const target = streams[flatIndex(source, channel.shape, text)];
      let known = readers.get(flat);
      if (known === undefined) {
        known = { owner, reader: { taken: 0, allowance: 0, waiting: null }, words: new Map() };
        readers.set(flat, known);
        target.readers.push(known.reader);
      }
      if (known.owner !== owner) throw twoOwners(text, 'gets', target.name);
      known.words.set(
        receiving?.buffer ?? owner,
        Math.max(
          known.words.get(receiving?.buffer ?? owner) ?? 0,
          receiving === null ? SHIM_ALLOWANCE_WORDS : receiving.words * receiving.buffer.copies.length,
        ),
      );
      known.reader.allowance = [...known.words.values()].reduce((sum, words) => sum + words, 0);
      return { stream: target, reader: known.reader };
    },
  };
}

function twoOwners(text: string, what: string, name: string): TilewrightError {
  return new TilewrightError(
    'program-invalid',
    `${text} is not the only process that ${what} at ${name}.`,
    'Give each index of a channel one process at either end; the order would otherwise depend on timing.',
    { field: text },
  );
}

function indices(shape: readonly number[]): number[][] {
  let points: number[][] = [[]];
  for (const extent of shape) {
    points = points.flatMap((point) => Array.from({ length: extent }, (_, index) => [...point, index]));
  }
  return points;
}

function flatIndex(at: readonly number[], shape: readonly number[], text: string): number {
  if (at.length !== shape.length || at.some((index, axis) => index < 0 || index >= shape[axis])) {
    throw new TilewrightError(
      'program-invalid',
      `${text} uses index [${at}] of a channel of shape [${shape}].`,
      'Stay within the shape that the channel declares.',
      { field: text, expected: [...shape], got: [...at] },
    );
  }
  return at.reduce((flat, index, axis) => flat * shape[axis] + index, 0);
}
