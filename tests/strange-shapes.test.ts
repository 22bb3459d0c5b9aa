import { KERNELS } from '@tilewright/kernel-registry';
import { seededRandom, TilewrightError } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { drawSamples, type KernelSampling, SAMPLING } from './support/kernel-samples.ts';

const { device } = xdna2Simulator();
const STRANGE = [2 ** 12, 2 ** 20, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e300, 0.5, 0, -1, Number.NaN];
/** Characters of a Program that no kernel of a model comes near. */
const LARGEST_PROGRAM = 5_000_000;
const SAMPLES = 60;
const SEED = 41;

/** What a kernel makes of a shape and configuration: the size of its Program, or that it refuses them. */
function attempted(build: () => unknown): number {
  try {
    return JSON.stringify(build()).length;
  } catch (error) {
    if (TilewrightError.isInstance(error)) return 0;
    throw error;
  }
}

describe('a kernel that is asked for what nobody needs', () => {
  it.each([...KERNELS.keys()])(`%s refuses it or stays small (seed ${SEED})`, (name) => {
    const kernel = KERNELS.get(name);
    const sampling = SAMPLING.get(name) as KernelSampling;
    if (kernel === undefined) throw new TypeError(`the registry has no ${name}`);
    const random = seededRandom(SEED);
    for (const { shape, config } of drawSamples(kernel, sampling, device, random, SAMPLES, true)) {
      const numbers = Object.entries(config).filter(([, value]) => typeof value === 'number');
      const [which, [field]] = random.pick([
        ...Object.entries(shape).map((entry) => ['shape', entry] as const),
        ...numbers.map((entry) => ['config', entry] as const),
      ]);
      const strange = { [field]: random.pick(STRANGE) };
      const wanted = which === 'shape' ? { ...shape, ...strange } : shape;
      const settings = which === 'config' ? { ...config, ...strange } : config;
      const size = attempted(() =>
        kernel.limits(wanted, settings, device).length > 0 ? null : kernel.build(wanted, settings),
      );
      expect(size, `${name} at ${JSON.stringify(wanted)}, ${JSON.stringify(settings)}`).toBeLessThan(LARGEST_PROGRAM);
    }
  });
});
