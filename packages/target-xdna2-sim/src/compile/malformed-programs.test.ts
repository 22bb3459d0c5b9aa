import type { Launch, Program } from '@tilewright/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import type { Machine } from '../machine/machine.ts';
import { panelLaunch, programOf, relayLaunch } from './__fixtures__/relay-program.ts';
import { compileProgram } from './compile-program.ts';

/** Paths to every value that is not a container. */
function* leaves(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

function withValue(program: Program, path: readonly (string | number)[], value: unknown): Program {
  const copy = structuredClone(program);
  let holder = copy as unknown as Record<string, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  holder[path.at(-1) as string] = value;
  return copy;
}

const SUBJECTS: readonly Launch[] = [
  relayLaunch(),
  panelLaunch(),
  { ...relayLaunch(), grid: [{ variable: 'g', extent: 6 }], batchTiling: [4] },
];
const subject = fc.constantFrom(...SUBJECTS.map((launch) => programOf(launch)));
const numbers = fc.constantFrom(0, -1, 1, 3, 7, 1e9, 2 ** 40, 0.5, Number.NaN, Number.POSITIVE_INFINITY);
const texts = fc.constantFrom('', 'a', 'in', 'out', 'x', 'i', 'nobody', 'f32', 'i32', 'cascade', 'L2', 'positive');

describe('compileProgram on programs from strangers', () => {
  it('refuses more streams than anything has room for, which nobody could even list', () => {
    const [first, ...others] = relayLaunch().channels;
    for (const shape of [[2 ** 31 - 1], [65, 65], [1e9, 1e9]]) {
      const channel = { ...(first as Launch['channels'][number]), shape };
      const { machine, diagnostics } = compileProgram(
        programOf({ ...relayLaunch(), channels: [channel, ...others] }),
        XDNA2,
      );
      expect(machine).toBeNull();
      expect(diagnostics[0]?.message).toMatch(/its shape has .* places/);
    }
  });

  it('answers with diagnostics and never throws', () => {
    fc.assert(
      fc.property(subject, fc.nat(), numbers, texts, (program, choice, number, text) => {
        const paths = [...leaves(program)];
        const path = paths[choice % paths.length] as readonly (string | number)[];
        let old: unknown = program;
        for (const key of path) old = (old as Record<string, unknown>)[key];
        if (old === null || path.length < 3) return;
        const mutant = withValue(
          program,
          path,
          typeof old === 'number' ? number : typeof old === 'string' ? text : old,
        );
        const { machine, diagnostics } = compileProgram(mutant, XDNA2);
        expect(machine === null).toBe(diagnostics.length > 0);
        for (const diagnostic of diagnostics) {
          expect(diagnostic.message.length).toBeGreaterThan(0);
          expect(Number.isNaN(diagnostic.available)).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  }, 30_000);

  it('makes no more of a larger shape than of a small one', () => {
    const sizeOf = (steps: number): number => {
      const launch = relayLaunch({ tile: 64, steps, columns: 1, rows: 1 });
      const { machine, diagnostics } = compileProgram(programOf(launch), XDNA2);
      expect(diagnostics).toEqual([]);
      const { buffers, locks, flows, dmas, cores } = (machine as Machine).launches[0] as Machine['launches'][number];
      return JSON.stringify([buffers, locks, flows, dmas, cores]).replace(/\d+/g, '#').length;
    };
    expect(sizeOf(2 ** 17)).toBe(sizeOf(2));
  });
});
