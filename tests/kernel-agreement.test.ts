import { KERNELS, type KernelDefinition } from '@tilewright/kernel-registry';
import { openMatrixEngine } from '@tilewright/oracle';
import { type BufferObject, type Program, seededRandom, type Target } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { afterAll, describe, expect, it } from 'vitest';
import { disagreements } from './support/disagreements.ts';
import { drawSamples, type KernelSample, SAMPLING } from './support/kernel-samples.ts';
import { FILLINGS } from './support/run-program.ts';

const SEED = 20_260_822;
/** `npm run agreement -- --count 500` asks for more than every test run can wait for, and for another seed if it likes. */
const ASKED = Number(process.env.TILEWRIGHT_AGREEMENT_COUNT ?? 0);
const SAMPLES = ASKED || 100;
const BASE_SEED = Number(process.env.TILEWRIGHT_AGREEMENT_SEED ?? SEED);
const TIMEOUT_MS = 60_000 + ASKED * 10_000;

/** Whatever multiplies matrices here; without one every product is added up in order. */
const { engine } = await openMatrixEngine({ threads: 2 });
const target = xdna2Simulator();
/** Every other sample runs on this one, so that both are held to the literal interpreter. */
const withEngine = engine === null ? target : xdna2Simulator({ engine });
afterAll(() => engine?.close());

/** A seed per kernel, so that a kernel's samples stay when another joins. */
function seedOf(name: string): number {
  return [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, BASE_SEED);
}

function programOf(kernel: KernelDefinition, { shape, config }: KernelSample): Program {
  return { specificationVersion: 'v1', name: kernel.name, ...kernel.build(shape, config) };
}

describe('literal interpreter and fast path', () => {
  it.each([...KERNELS.values()].map((kernel) => [kernel.name, kernel] as const))(
    'agree to the bit on configurations of %s',
    async (name, kernel) => {
      const sampling = SAMPLING.get(name);
      if (sampling === undefined) throw new Error(`Say in SAMPLING which shapes of ${name} to draw.`);
      const seed = seedOf(name);
      const random = seededRandom(seed);
      const wanted = ASKED || (sampling.samples ?? SAMPLES);
      const samples = drawSamples(kernel, sampling, target.device, random, wanted, ASKED > 0);
      const differing: string[] = [];
      for (const [index, sample] of samples.entries()) {
        const filling = FILLINGS[index % FILLINGS.length];
        // Fillings go round in sixes: every one meets both targets.
        const chosen = (index + Math.floor(index / FILLINGS.length)) % 2 === 0 ? target : withEngine;
        const problems = await disagreements(chosen, programOf(kernel, sample), filling, random);
        if (problems.length > 0) differing.push(`${JSON.stringify({ ...sample, filling })}: ${problems.join(', ')}`);
      }
      const different = new Set(samples).size;
      console.log(
        `${name}: seed ${seed}, ${samples.length} runs of ${different} configurations, engine ${engine?.id ?? 'none'}`,
      );
      expect(samples.length).toBeGreaterThanOrEqual(wanted);
      expect(differing).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** The simulator, but what the fast path read back is changed before anyone sees it. */
function tampered(change: (buffer: BufferObject, original: Uint8Array) => void): Target {
  return {
    ...target,
    async open(compiled, options) {
      const session = await target.open(compiled, options);
      if (options?.execution !== 'fast') return session;
      const originals = new Map<BufferObject, Uint8Array>();
      return {
        ...session,
        async sync(buffer, direction) {
          if (direction === 'to-device') originals.set(buffer, buffer.host.slice());
          const timing = await session.sync(buffer, direction);
          if (direction === 'from-device') change(buffer, originals.get(buffer) as Uint8Array);
          return timing;
        },
      };
    },
  };
}

describe('disagreements', () => {
  const kernel = KERNELS.get('add') as KernelDefinition;
  const program = programOf(kernel, { shape: { elements: 256 }, config: { tile: 32, herdColumns: 2, herdRows: 1 } });
  const found = (change: (buffer: BufferObject, original: Uint8Array) => void) =>
    disagreements(tampered(change), program, 'normal', seededRandom(1));

  it('finds nothing where nothing is wrong', async () => {
    expect(await found(() => {})).toEqual([]);
  });

  it('finds one bit, an element that was not written, and writes where none belong', async () => {
    const flip = (name: string, at: number) => (buffer: BufferObject) => {
      if (buffer.name === name) buffer.host[at] ^= 1;
    };
    expect(await found(flip('c', 510))).toEqual(['c differs at byte 510']);
    expect(await found(flip('c', 512))).toEqual(['guard of c']);
    expect(await found(flip('a', 3))).toEqual(['read-only a', 'a differs at byte 3']);
    const unwritten = await found((buffer, original) => {
      if (buffer.name === 'c') buffer.host.set(original.subarray(100, 102), 100);
    });
    expect(unwritten).toHaveLength(1);
    expect(unwritten[0]).toMatch(/^c differs at byte 10[01]$/);
  });
});
