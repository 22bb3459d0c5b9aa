import type { Target } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/**
 * A target that has the weights of the first session built in: in later ones, weights that it has not seen are
 * taken for the most similar that it has.
 */
export function bakedWeights(target: Target): Target {
  const baked = new Map<string, Uint8Array[]>();
  return tamperedTarget(target, {
    session: () => {
      const baking = new Set<string>();
      return {
        run: async (run) => {
          for (const [index, { name }] of run.program.arguments.entries()) {
            if (!/\.(weight|bias)$/.test(name)) continue;
            const key = `${run.dispatch}\n${name}`;
            const given = await run.read(index);
            const known = baked.get(key);
            if (known === undefined || baking.has(key)) {
              baking.add(key);
              if (!known?.some((one) => equalBytes(one, given) === given.length))
                baked.set(key, [...(known ?? []), given]);
              continue;
            }
            await run.write(
              index,
              known.reduce((best, one) => (equalBytes(one, given) > equalBytes(best, given) ? one : best)),
            );
          }
          return run.execute();
        },
      };
    },
  });
}

function equalBytes(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) count++;
  return count;
}
