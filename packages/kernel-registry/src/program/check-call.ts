import { type CallStatement, evaluateAffine, type Launch, MICROKERNELS } from '@tilewright/spec';
import { affineRange, type Occurrence, points, varyingLoops } from './instances.ts';

/** Operands, parameters, limits and bounds of one call. Names are resolved already. */
export function checkCall(
  launch: Launch,
  { process, statement, coordinates, loops }: Occurrence<CallStatement>,
): readonly string[] {
  const faults: string[] = [];
  const signature = MICROKERNELS.get(statement.microkernel);
  if (signature === undefined) return faults;
  const what = `${signature.name} in ${process.name}`;
  sameNames(
    'operand',
    what,
    Object.keys(statement.operands),
    signature.operands.map(({ name }) => name),
    faults,
  );
  sameNames('parameter', what, Object.keys(statement.parameters), signature.parameters, faults);
  if (faults.length > 0) return faults;

  const around = [...launch.grid, ...loops];
  const varying = varyingLoops(Object.values(statement.parameters), around);
  const rest = Object.fromEntries(around.map(({ variable }) => [variable, 0]));
  const buffers = launch.herds.find(({ name }) => name === process.name)?.buffers ?? [];
  for (const point of points(varying)) {
    const environment = { ...rest, ...coordinates, ...point };
    const parameters = Object.fromEntries(
      Object.entries(statement.parameters).map(([name, value]) => [name, evaluateAffine(value, environment)]),
    );
    faults.push(...signature.limits(parameters).map((limit) => `${what}: ${limit}`));
    for (const { name, format, elements } of signature.operands) {
      const operand = statement.operands[name];
      const buffer = buffers.find((candidate) => candidate.name === operand?.buffer);
      if (operand === undefined || buffer === undefined) continue;
      if (buffer.format !== format)
        faults.push(`${what}: ${name} is ${format}, ${buffer.name} holds ${buffer.format}.`);
      const { least, greatest } = affineRange(operand.offset, { ...coordinates, ...point }, loops);
      const end = greatest + elements(parameters);
      if (least < 0 || end > buffer.elements) {
        faults.push(
          `${what}: ${name} reaches element ${least < 0 ? least : end - 1} of ${buffer.name}'s ${buffer.elements}.`,
        );
      }
    }
  }
  return faults;
}

function sameNames(
  kind: string,
  what: string,
  given: readonly string[],
  wanted: readonly string[],
  faults: string[],
): void {
  for (const name of wanted) if (!given.includes(name)) faults.push(`${what} lacks the ${kind} ${name}.`);
  for (const name of given) if (!wanted.includes(name)) faults.push(`${what} has no ${kind} ${name}.`);
}
