/**
 * A small deterministic generator, the same on every machine. Seeds are part of what a gate
 * records, so the generator is part of the contract.
 */
export interface SeededRandom {
  readonly seed: number;
  /** Uniform in [0, 1), 32 bits of it. */
  uniform(): number;
  /** Uniform whole number in [low, high). */
  integer(low: number, high: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  pick<T>(choices: readonly T[]): T;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, period 2^32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (low: number, high: number): number => low + Math.floor(uniform() * (high - low));
  return {
    seed,
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    pick: <T>(choices: readonly T[]): T => choices[integer(0, choices.length)] as T,
  };
}
