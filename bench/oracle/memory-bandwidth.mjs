import { Worker } from 'node:worker_threads';

/** Far more than any cache holds, for each thread. */
const BYTES = 256 * 1024 * 1024;

// A search for a byte that is not there reads memory as fast as the C library can, and does nothing else.
const READER = `
  const { parentPort } = require('node:worker_threads');
  const memory = Buffer.alloc(${BYTES}, 1);
  parentPort.on('message', () => {
    memory.indexOf(2);
    parentPort.postMessage('read');
  });
  parentPort.postMessage('ready');
`;

/** Measures how fast `threads` threads together read main memory: `measure()` in bytes per second. */
export async function openMemoryBandwidth(threads) {
  const workers = Array.from({ length: threads }, () => new Worker(READER, { eval: true }));
  const answers = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await answers();
  return {
    bytes: threads * BYTES,
    async measure() {
      const start = performance.now();
      const read = answers();
      for (const worker of workers) worker.postMessage('read');
      await read;
      return (threads * BYTES) / ((performance.now() - start) / 1000);
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}
