import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('transformers_prefill.py', import.meta.url));

/**
 * A prefill of the same configuration by Hugging Face transformers, in FP32, with weights of its own making. It halts
 * before each layer until it is told to go on, so that two prefills can take turns.
 */
export async function openTransformers({ python, config, tokens, threads }) {
  const child = spawn(python, [SCRIPT, config, String(tokens), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} ended before its prefill did.`);
    return JSON.parse(value);
  };
  const goOn = () => {
    child.stdin.write('go\n');
    return answer();
  };
  await answer();
  return {
    /** One short pass, not counted. */
    warmUp: goOn,
    /** What comes before the layers, or the next of them. */
    nextLayer: goOn,
    /** The last layer and the head, and what it all took: `{ prefillSeconds, peakResidentBytes, versions }`. */
    async finish() {
      let last = await goOn();
      while (last.prefillSeconds === undefined) last = await goOn();
      child.stdin.end();
      return last;
    },
  };
}
