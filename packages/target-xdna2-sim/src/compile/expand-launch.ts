import {
  type AccessPattern,
  type Affine,
  evaluateAffine,
  type Launch,
  type Program,
  type Statement,
} from '@tilewright/spec';
import { SHIM_ROW } from '../machine/machine.ts';
import { malformed, type Report, tileName } from './findings.ts';
import type { HerdPlaces } from './place-herds.ts';
import type { Block, Node, Port, ProcessInstance } from './process-instance.ts';
import { StreamTable } from './stream-table.ts';

/** More statements, all instances together, than any array has room for. */
const MAX_NODES = 100_000;

export interface ExpandedLaunch {
  readonly shim: readonly ProcessInstance[];
  readonly memtile: readonly ProcessInstance[];
  readonly cores: readonly ProcessInstance[];
  readonly streams: StreamTable;
}

type Values = Readonly<Record<string, number>>;

/**
 * One instance per point of every process and herd: coordinates and parallel variables become
 * numbers, conditions are decided, and loops whose variable picks a stream are unrolled. Grid
 * variables stay. Precondition: the launch is sound.
 */
export function expandLaunch(program: Program, launch: Launch, places: HerdPlaces, report: Report): ExpandedLaunch {
  const streams = new StreamTable(launch.channels, report);
  let expanded = 0;
  const argumentBuffers = program.arguments.map(({ name, format, elements }) => ({ name, format, elements }));

  const shim = launch.shim.flatMap((process) =>
    points(process.parallel).map((values) => {
      const instance = emptyInstance('shim', `${process.name}${subscript(values)}`, process.name, argumentBuffers);
      fill(instance, process.body, values);
      return instance;
    }),
  );
  const memtile = launch.memtile.flatMap((process) =>
    points(process.parallel).map((values) => {
      const instance = emptyInstance('memtile', `${process.name}${subscript(values)}`, process.name, process.buffers);
      if (process.column !== null) {
        instance.tile = { column: evaluateAffine(process.column, values), row: SHIM_ROW + 1 };
      }
      fill(instance, process.body, values);
      return instance;
    }),
  );
  const cores = launch.herds.flatMap((herd) => {
    const place = places.get(herd);
    if (place === undefined) return [];
    return points([
      { variable: 'x', extent: herd.columns },
      { variable: 'y', extent: herd.rows },
    ]).map((values) => {
      const x = values.x as number;
      const y = values.y as number;
      const tile = { column: place.column + x, row: place.row + y };
      const instance = emptyInstance('core', `${herd.name} ${tileName(tile)}`, herd.name, herd.buffers, x, y);
      instance.tile = tile;
      fill(instance, herd.body, values);
      return instance;
    });
  });
  return { shim, memtile, cores, streams };

  function fill(instance: ProcessInstance, body: readonly Statement[], values: Values): void {
    (instance.root.body as Node[]).push(...expandBody(body, values));

    function expandBody(statements: readonly Statement[], known: Values): Node[] {
      const nodes: Node[] = [];
      for (const statement of statements) {
        if (++expanded > MAX_NODES) {
          if (expanded === MAX_NODES + 1) {
            const message = `the launch expands to more than ${MAX_NODES} statements.`;
            report(malformed(instance.label, message, 'Use fewer instances and fewer loops over streams.'));
          }
          break;
        }
        if (statement.kind === 'for') {
          if (statement.extent === 0) continue;
          if (!picksStream(statement.body, statement.variable)) {
            nodes.push(block(statement.variable, statement.extent, expandBody(statement.body, known)));
          } else {
            for (let i = 0; i < statement.extent && expanded <= MAX_NODES; i++) {
              const inner = { ...known, [statement.variable]: i };
              nodes.push(block(`${statement.variable}=${i}`, 1, expandBody(statement.body, inner)));
            }
          }
        } else if (statement.kind === 'if') {
          const value = evaluateAffine(statement.value, known);
          if (statement.is === 'zero' ? value === 0 : value > 0) nodes.push(...expandBody(statement.body, known));
        } else if (statement.kind === 'call') {
          const operands = mapValues(statement.operands, ({ buffer, offset }) => ({
            buffer,
            offset: substitute(offset, known),
          }));
          const parameters = mapValues(statement.parameters, (value) => substitute(value, known));
          nodes.push({ kind: 'call', microkernel: statement.microkernel, operands, parameters });
        } else {
          const at = statement.at.map((index) => evaluateAffine(index, known));
          const port: Port | null = streams.port(instance, statement.kind, statement.channel, at);
          if (port === null) continue;
          const access: AccessPattern = { ...statement.access, offset: substitute(statement.access.offset, known) };
          const elements = access.sizes.reduce((product, size) => product * size, 1);
          nodes.push({ kind: 'transfer', direction: statement.kind, port, buffer: statement.buffer, access, elements });
        }
      }
      return nodes;
    }
  }
}

function block(variable: string, extent: number, body: readonly Node[]): Block {
  return { kind: 'block', variable, extent, body };
}

function emptyInstance(
  level: ProcessInstance['level'],
  label: string,
  process: string,
  buffers: ProcessInstance['buffers'],
  x = 0,
  y = 0,
): ProcessInstance {
  return { level, label, process, x, y, tile: null, buffers, root: block('', 1, []), ports: [] };
}

/** Whether a transfer in the body names its stream by this variable. */
function picksStream(body: readonly Statement[], variable: string): boolean {
  return body.some((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return picksStream(statement.body, variable);
    return statement.kind !== 'call' && statement.at.some((index) => (index.coefficients[variable] ?? 0) !== 0);
  });
}

/** The expression with what is known put in; itself where nothing is, which spares a launch thousands of copies. */
function substitute(expression: Affine, known: Values): Affine {
  let isOpen = true;
  for (const variable in expression.coefficients) if (known[variable] !== undefined) isOpen = false;
  if (isOpen) return expression;
  let constant = expression.constant;
  const coefficients: Record<string, number> = {};
  for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
    const value = known[variable];
    if (value === undefined) coefficients[variable] = coefficient;
    else constant += coefficient * value;
  }
  return { constant, coefficients };
}

function points(loops: readonly { readonly variable: string; readonly extent: number }[]): Values[] {
  let result: Values[] = [{}];
  for (const { variable, extent } of loops) {
    result = result.flatMap((values) => Array.from({ length: extent }, (_, i) => ({ ...values, [variable]: i })));
  }
  return result;
}

function subscript(values: Values): string {
  const numbers = Object.values(values);
  return numbers.length === 0 ? '' : `[${numbers.join(', ')}]`;
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
