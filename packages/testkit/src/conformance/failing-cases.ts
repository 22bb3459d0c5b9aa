import type { ConformanceCase } from './conformance-case.ts';

/** The names of the cases that an implementation fails, for showing that a suite rejects a broken one. */
export async function failingCases(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch {
      names.push(name);
    }
  }
  return names;
}
