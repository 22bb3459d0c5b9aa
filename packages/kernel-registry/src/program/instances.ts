import {
  type Affine,
  type CallStatement,
  type Environment,
  evaluateAffine,
  type Launch,
  type Loop,
  type Statement,
  type TransferStatement,
} from '@tilewright/spec';

/** A process of a launch with its coordinates as loops: shim and memtile processes, and herds of cores. */
export interface ProcessView {
  readonly kind: 'shim' | 'memtile' | 'herd';
  readonly name: string;
  readonly coordinates: readonly Loop[];
  readonly body: readonly Statement[];
}

/** Every process of a launch in one list. A core's coordinates are `x` and `y`. */
export function processesOf(launch: Launch): readonly ProcessView[] {
  return [
    ...launch.shim.map(({ name, parallel, body }) => ({ kind: 'shim' as const, name, coordinates: parallel, body })),
    ...launch.memtile.map(({ name, parallel, body }) => ({
      kind: 'memtile' as const,
      name,
      coordinates: parallel,
      body,
    })),
    ...launch.herds.map(({ name, columns, rows, body }) => ({
      kind: 'herd' as const,
      name,
      coordinates: [
        { variable: 'x', extent: columns },
        { variable: 'y', extent: rows },
      ],
      body,
    })),
  ];
}

/** A transfer or call of one instance of a process: its coordinates are numbers, its loops still loops. */
export interface Occurrence<S = TransferStatement | CallStatement> {
  readonly process: ProcessView;
  readonly statement: S;
  readonly coordinates: Environment;
  /** Loops around it within the process, outermost first. The launch's grid is outside of them. */
  readonly loops: readonly Loop[];
}

/** Every transfer and call of every instance of a process, without walking its loops. */
export function* occurrences(process: ProcessView): Iterable<Occurrence> {
  for (const coordinates of points(process.coordinates)) yield* walk(process, process.body, coordinates, []);
}

function* walk(
  process: ProcessView,
  body: readonly Statement[],
  coordinates: Environment,
  loops: readonly Loop[],
): Iterable<Occurrence> {
  for (const statement of body) {
    if (statement.kind === 'for') {
      const { variable, extent } = statement;
      yield* walk(process, statement.body, coordinates, [...loops, { variable, extent }]);
    } else if (statement.kind === 'if') {
      const value = evaluateAffine(statement.value, coordinates);
      const taken = statement.is === 'zero' ? value === 0 : value > 0;
      if (taken) yield* walk(process, statement.body, coordinates, loops);
    } else {
      yield { process, statement, coordinates, loops };
    }
  }
}

/** Every point of a product of loops, the last one fastest. */
export function* points(loops: readonly Loop[]): Iterable<Environment> {
  const [first, ...rest] = loops;
  if (first === undefined) {
    yield {};
    return;
  }
  for (let value = 0; value < first.extent; value++) {
    for (const point of points(rest)) yield { [first.variable]: value, ...point };
  }
}

/** How many iterations a product of loops has. */
export function iterations(loops: readonly Loop[]): number {
  return loops.reduce((product, { extent }) => product * extent, 1);
}

/** Elements that one execution of a transfer moves. */
export function transferElements(statement: TransferStatement): number {
  return statement.access.sizes.reduce((product, size) => product * size, 1);
}

/** Which of the loops an expression varies with. */
export function varyingLoops(expressions: readonly Affine[], loops: readonly Loop[]): readonly Loop[] {
  return loops.filter(({ variable }) => expressions.some(({ coefficients }) => (coefficients[variable] ?? 0) !== 0));
}

/** Least and greatest value of an expression over the loops, at fixed coordinates. */
export function affineRange(
  expression: Affine,
  coordinates: Environment,
  loops: readonly Loop[],
): { readonly least: number; readonly greatest: number } {
  let least = expression.constant;
  let greatest = expression.constant;
  for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
    const fixed = coordinates[variable];
    if (fixed !== undefined) {
      least += coefficient * fixed;
      greatest += coefficient * fixed;
      continue;
    }
    const last = (loops.find((loop) => loop.variable === variable)?.extent ?? 1) - 1;
    least += Math.min(0, coefficient * last);
    greatest += Math.max(0, coefficient * last);
  }
  return { least, greatest };
}
