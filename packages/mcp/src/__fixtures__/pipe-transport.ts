import type { Readable, Writable } from 'node:stream';
import { ReadBuffer, serializeMessage, type Transport } from '@modelcontextprotocol/server';

/** A client's end of a pair of streams: what a process's stdin and stdout are to whoever started it. */
export function pipeTransport(from: Readable, to: Writable): Transport {
  const buffer = new ReadBuffer();
  const transport: Transport = {
    async start() {
      from.on('data', (chunk: Buffer) => {
        buffer.append(chunk);
        for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
          transport.onmessage?.(message);
        }
      });
      from.on('end', () => transport.onclose?.());
    },
    async send(message) {
      to.write(serializeMessage(message));
    },
    async close() {
      to.end();
      transport.onclose?.();
    },
  };
  return transport;
}
