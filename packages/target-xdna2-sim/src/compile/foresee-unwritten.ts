import type { Diagnostic, Program } from '@tilewright/spec';
import type { MachineLaunch, Step } from '../machine/machine.ts';

/**
 * Arguments that a program declares as written and of which its launches write fewer elements than they
 * have: the rest keeps what was there. (What is written twice is counted twice, so not every gap is seen.)
 */
export function foreseeUnwritten(
  program: Program,
  launches: readonly MachineLaunch[],
  dispatch: string,
): readonly Diagnostic[] {
  const written = program.arguments.map(() => 0);
  const writers = program.arguments.map((): string | null => null);
  for (const launch of launches) {
    const iterations = launch.grid.reduce((product, { extent }) => product * extent, 1);
    const count = (steps: readonly Step[], times: number): void => {
      for (const step of steps) {
        if (step.kind === 'loop') count(step.body, times * step.extent);
        else if (step.kind === 'transfer' && step.direction === 'get' && step.memory.kind === 'argument') {
          const { argument } = step.memory;
          written[argument] = (written[argument] as number) + times * step.elements;
          writers[argument] = launch.name;
        }
      }
    };
    for (const { steps } of launch.dmas) count(steps, iterations);
  }
  return program.arguments.flatMap(({ name, access, elements }, index): Diagnostic[] => {
    const reached = written[index] as number;
    if (access !== 'write' || reached >= elements) return [];
    return [
      {
        code: 'output-incomplete',
        dispatch,
        launch: writers[index] ?? launches[0]?.name ?? '',
        resource: `argument ${name}`,
        needed: elements,
        available: reached,
        unit: 'elements',
        place: null,
        message: `Of the ${elements} elements of ${name} at most ${reached} are written; the others keep what was there.`,
        cure: 'Let the grid cover the whole output: sizes that the tiles divide, or a padded shape.',
      },
    ];
  });
}
