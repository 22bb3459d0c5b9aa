import { TilewrightError } from '@tilewright/spec';

/** One answer of the script: a JSON header, and as many bytes of data as it says. */
export interface Frame {
  readonly kind: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly data: Uint8Array;
}

const LENGTH_BYTES = 4;
/** No header is that long: what comes are not frames. */
const MOST_HEADER_BYTES = 1 << 20;

/** Takes a stream of bytes apart into frames, of which it holds one: the format is in `python/reference.py`. */
export class FrameReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Came, and was not read yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next frame; null where the stream has ended, within a frame or before one. Throws `dependency-failed`. */
  async next(): Promise<Frame | null> {
    const start = await this.#read(LENGTH_BYTES);
    if (start === null) return null;
    const length = new DataView(start.buffer).getUint32(0, true);
    if (length > MOST_HEADER_BYTES) throw notFrames(`a header of ${length} bytes`);
    const text = await this.#read(length);
    if (text === null) return null;
    const header = parse(text);
    const bytes = header.bytes;
    if (typeof header.kind !== 'string' || typeof bytes !== 'number' || !(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw notFrames('a header without kind or size');
    }
    const data = await this.#read(bytes);
    return data && { kind: header.kind, header, data };
  }

  /** Exactly `count` bytes in an array of their own, aligned for any element; null where the stream ends before. */
  async #read(count: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(count);
    let done = 0;
    while (done < count) {
      if (this.#rest.length === 0) {
        const { value, done: ended } = await this.#chunks.next();
        if (ended === true) return null;
        this.#rest = value;
      }
      const taken = this.#rest.subarray(0, count - done);
      bytes.set(taken, done);
      this.#rest = this.#rest.subarray(taken.length);
      done += taken.length;
    }
    return bytes;
  }
}

function parse(text: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(text));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: said below.
  }
  throw notFrames('a header that is no JSON object');
}

function notFrames(got: string): TilewrightError {
  return new TilewrightError(
    'dependency-failed',
    `The Python that was to run transformers answered with ${got}.`,
    'Set TILEWRIGHT_PYTHON to a Python interpreter; what is there now is none, or prints on its own.',
    { got },
  );
}
