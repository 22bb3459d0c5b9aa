import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes an executable `python3` into a directory, and returns its path. It answers as the oracle's script for transformers
 * does (see its `python/reference.py`), as scripted: `body` is JavaScript that may use `send(kind, fields, floats)`,
 * `raw(bytes)` and `requests`, an async iterable of what is asked. Unless `ready` is false, it says first that it is ready.
 */
export async function scriptedPython(directory: string, body: string, ready = true): Promise<string> {
  const file = join(directory, 'python3');
  const versions = "{ python: '3.0', transformers: '5.0', torch: '2.0', threads: 1 }";
  const text = `#!${process.execPath}
const { createInterface } = require('node:readline');
const { writeSync } = require('node:fs');
function raw(bytes) { for (let at = 0; at < bytes.length; ) { try { at += writeSync(1, bytes, at); } catch (e) { if (e.code !== 'EAGAIN') throw e; } } }
function send(kind, fields = {}, floats = []) {
  const data = Buffer.from(Float32Array.from(floats).buffer);
  const header = Buffer.from(JSON.stringify({ kind, bytes: data.length, ...fields }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  raw(Buffer.concat([length, header, data]));
}
async function* lines() { for await (const line of createInterface({ input: process.stdin })) yield JSON.parse(line); }
(async () => {
  const requests = lines();
  ${ready ? `send('done', ${versions});` : ''}
  ${body}
})();
`;
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

/**
 * A body that answers with what transformers computed for a model directory with a golden, as it is recorded: a forward pass of
 * the case `short`, then steps along its greedy continuation, of which only the first choices are on record.
 */
export function recordedTransformers(modelDirectory: string): string {
  return `
  const { readFileSync } = require('node:fs');
  const directory = ${JSON.stringify(modelDirectory)};
  const file = readFileSync(directory + '/golden.safetensors');
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + headerLength).toString());
  const record = JSON.parse(readFileSync(directory + '/golden.json', 'utf8')).cases.find((one) => one.name === 'short');
  const values = (tap) => {
    const { shape, data_offsets: [from, to] } = header['short.' + tap];
    const bytes = file.subarray(8 + headerLength + from, 8 + headerLength + to);
    return { shape, floats: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
  };
  let step = 0;
  for await (const request of requests) {
    if (request.do === 'start') { step = 0; send('done'); continue; }
    if (request.do === 'encode') { send('done', { tokens: record.tokens }); continue; }
    if (request.do === 'decode') { send('done', { text: 'text' }); continue; }
    if (step === 0) {
      for (const name of Object.keys(header)) {
        if (!name.startsWith('short.') || name === 'short.logits') continue;
        const tap = name.slice(6);
        const isState = tap === 'embedding' || tap === 'final_norm' || tap.endsWith('.output');
        if (request.taps === 'none' || (request.taps === 'states' && !isState)) continue;
        const { shape, floats } = values(tap);
        send('tap', { name: tap, shape }, floats);
      }
      const { shape, floats } = values('logits');
      send('logits', { shape }, floats);
    } else {
      const vocabulary = values('logits').shape[1];
      send('logits', { shape: [1, vocabulary] }, new Float32Array(vocabulary));
    }
    const second = (record.greedy[step] + 1) % values('logits').shape[1];
    send('done', { top: [record.greedy[step], second], topLogits: [1, 0.5] });
    step++;
  }`;
}
