import type { Channel } from '@tilewright/spec';
import type { Report } from './findings.ts';
import type { Port, ProcessInstance, Stream } from './process-instance.ts';

/**
 * The streams of a launch's channels and who holds their ends. A stream has one producer, and one
 * consumer per index of the broadcast; whatever else a Program says is reported as `channel-invalid`.
 */
export class StreamTable {
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #streams = new Map<string, Stream>();
  readonly #ports = new Map<string, Port>();
  readonly #report: Report;

  constructor(channels: readonly Channel[], report: Report) {
    this.#channels = new Map(channels.map((channel) => [channel.name, channel]));
    this.#report = report;
    for (const channel of channels) this.#checkBroadcast(channel);
  }

  /** Every stream that somebody holds an end of, in order of first use. */
  get streams(): readonly Stream[] {
    return [...this.#streams.values()];
  }

  /** The end of a stream that an instance names; null, and reported, where there is no such end. */
  port(instance: ProcessInstance, direction: 'put' | 'get', name: string, at: readonly number[]): Port | null {
    const channel = this.#channels.get(name) as Channel;
    const shape = direction === 'get' && channel.broadcast !== null ? channel.broadcast : channel.shape;
    const index = `${name}[${at.join(', ')}]`;
    if (at.length !== shape.length || at.some((value, axis) => value < 0 || value >= (shape[axis] as number))) {
      this.#invalid(channel, `${instance.label} names ${index} and the shape is [${shape.join(', ')}].`, at.length, 0);
      return null;
    }
    const source = direction === 'get' ? at.map((value, axis) => (channel.shape[axis] === 1 ? 0 : value)) : at;
    const stream = this.#stream(channel, `${name}[${source.join(', ')}]`);
    const key = `${direction} ${index}`;
    const known = this.#ports.get(key);
    if (known !== undefined) {
      if (known.instance === instance) return known;
      const message = `Both ${known.instance.label} and ${instance.label} ${direction} ${index}.`;
      this.#invalid(channel, message, 2, 1);
      return null;
    }
    const port: Port = { instance, direction, stream, index, channel: -1, tile: null };
    this.#ports.set(key, port);
    instance.ports.push(port);
    if (direction === 'put') stream.producer = port;
    else stream.consumers.push(port);
    return port;
  }

  #stream(channel: Channel, name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = { name, channel, producer: null, consumers: [] };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  #checkBroadcast(channel: Channel): void {
    const { broadcast, shape } = channel;
    if (broadcast === null) return;
    const stretches =
      broadcast.length === shape.length &&
      broadcast.every((extent, axis) => extent === shape[axis] || shape[axis] === 1);
    if (!stretches) {
      const shapes = `[${shape.join(', ')}] does not stretch to [${broadcast.join(', ')}]`;
      this.#invalid(channel, `The shape ${shapes} of channel ${channel.name}.`, broadcast.length, shape.length);
    }
    if (channel.kind === 'cascade') this.#invalid(channel, `The cascade ${channel.name} broadcasts.`, 2, 1);
  }

  #invalid(channel: Channel, message: string, needed: number, available: number): void {
    this.#report({
      code: 'channel-invalid',
      resource: `channel ${channel.name}`,
      needed,
      available,
      unit: 'ends',
      place: null,
      message,
      cure: 'A stream has one producer and one consumer per index of its broadcast shape; an axis of extent 1 stretches.',
    });
  }
}
