/**
 * The streams of a launch's channels. Nothing here blocks a put: a process network of this kind computes the same
 * however much a stream holds, so the longest queue is the simplest. What is put and never taken is a fault.
 */
export class Streams {
  /** @type {Map<string, Queue[]>} Queues that a put at this index fills, one per reader. */
  #fed = new Map();
  /** @type {Map<string, Queue>} */
  #read = new Map();

  /** @param {readonly import('@tilewright/spec').Channel[]} channels */
  constructor(channels) {
    for (const { name, shape, broadcast } of channels) {
      for (const at of indices(broadcast ?? shape)) {
        // An axis of extent 1 stretches: every index along it hears the stream at 0.
        const source = at.map((index, axis) => (shape[axis] === 1 ? 0 : index));
        const queue = new Queue(label(name, at));
        this.#read.set(queue.name, queue);
        const fed = this.#fed.get(label(name, source)) ?? [];
        fed.push(queue);
        this.#fed.set(label(name, source), fed);
      }
    }
  }

  /** @param {string} channel @param {readonly number[]} at @param {Uint16Array | Uint32Array} elements */
  put(channel, at, elements) {
    const queues = this.#fed.get(label(channel, at));
    if (queues === undefined) throw new RangeError(`there is no stream ${label(channel, at)}`);
    for (const queue of queues) queue.put(elements);
  }

  /** The queue that a get at this index takes from. @param {string} channel @param {readonly number[]} at */
  reader(channel, at) {
    const queue = this.#read.get(label(channel, at));
    if (queue === undefined) throw new RangeError(`there is no stream ${label(channel, at)}`);
    return queue;
  }

  get queues() {
    return [...this.#read.values()];
  }
}

/** Elements on their way to one reader. */
class Queue {
  /** @type {(Uint16Array | Uint32Array)[]} */
  #chunks = [];
  elementsPut = 0;
  elementsTaken = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get available() {
    return this.elementsPut - this.elementsTaken;
  }

  /** @param {Uint16Array | Uint32Array} elements */
  put(elements) {
    this.#chunks.push(elements);
    this.elementsPut += elements.length;
  }

  /** Takes elements, which must be there, in the order in which they were put. @param {number} count */
  take(count) {
    const [first] = this.#chunks;
    this.elementsTaken += count;
    if (first?.length === count) return /** @type {typeof first} */ (this.#chunks.shift());
    const taken = first instanceof Uint16Array ? new Uint16Array(count) : new Uint32Array(count);
    for (let filled = 0; filled < count; ) {
      const [chunk] = this.#chunks;
      const part = chunk.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    return taken;
  }
}

/** @param {string} channel @param {readonly number[]} at */
function label(channel, at) {
  return `${channel}[${at.join(', ')}]`;
}

/** @param {readonly number[]} shape @returns {number[][]} */
function indices(shape) {
  return shape.reduce(
    (all, extent) => all.flatMap((at) => Array.from({ length: extent }, (_, index) => [...at, index])),
    /** @type {number[][]} */ ([[]]),
  );
}
