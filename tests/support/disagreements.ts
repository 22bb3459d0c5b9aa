import type { Program, SeededRandom, Target } from '@tilewright/spec';
import { compileAlone, type Filling, randomArguments, runOnce } from './run-program.ts';

/**
 * Runs a program in both executions on the same random arguments. Returns what is wrong: bytes that
 * differ, outputs that were not written, memory that was written and should not have been.
 */
export async function disagreements(
  target: Target,
  program: Program,
  filling: Filling,
  random: SeededRandom,
): Promise<readonly string[]> {
  const compiled = await compileAlone(target, program);
  const contents = randomArguments(program, filling, random);
  // Different garbage in the outputs: the two agree only if every element was written.
  const literal = await runOnce(target, compiled, program, contents, 1, { execution: 'literal' });
  const fast = await runOnce(target, compiled, program, contents, 2, { execution: 'fast' });
  const problems = [...literal.trespasses, ...fast.trespasses];
  for (const [index, { name }] of program.arguments.entries()) {
    const at = firstDifference(literal.after[index], fast.after[index]);
    if (at >= 0) problems.push(`${name} differs at byte ${at}`);
  }
  return problems;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (Buffer.compare(a, b) === 0) return -1;
  return a.findIndex((byte, index) => byte !== b[index]);
}
