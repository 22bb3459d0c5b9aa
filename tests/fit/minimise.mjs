import { seededRandom } from '@tilewright/spec';

const FIRST_STEP = 0.1;
const SMALLEST_STEP = 1e-4;

/**
 * Minimises a loss over positive parameters: steps along each parameter's logarithm that grow while
 * they help and shrink where they do not, and steps in random directions between them. Deterministic.
 * @param {(parameters: Record<string, number>) => number} loss
 * @param {Record<string, number>} start
 * @param {{ evaluations: number, seed: number }} effort
 */
export function minimise(loss, start, { evaluations, seed }) {
  const { uniform } = seededRandom(seed);
  const names = Object.keys(start);
  const steps = Object.fromEntries(names.map((name) => [name, FIRST_STEP]));
  let best = { ...start };
  let least = loss(best);
  let spent = 1;
  const improves = (candidate) => {
    spent++;
    const found = loss(candidate);
    if (!(found < least)) return false;
    best = candidate;
    least = found;
    return true;
  };
  while (spent < evaluations) {
    for (const name of names) {
      const moved = [1, -1].some((sign) => improves({ ...best, [name]: best[name] * Math.exp(sign * steps[name]) }));
      steps[name] *= moved ? 1.6 : 0.5;
      if (steps[name] < SMALLEST_STEP) steps[name] = FIRST_STEP * uniform();
    }
    for (let i = 0; i < names.length; i++) {
      const chosen = names.filter(() => uniform() < 0.3);
      const direction = Object.fromEntries(chosen.map((name) => [name, uniform() + uniform() + uniform() - 1.5]));
      for (const length of [0.3, 0.1, 0.03, 0.01]) {
        const moved = Object.entries(direction).map(([name, part]) => [name, best[name] * Math.exp(length * part)]);
        if (improves({ ...best, ...Object.fromEntries(moved) })) break;
      }
    }
  }
  return { parameters: best, loss: least };
}
