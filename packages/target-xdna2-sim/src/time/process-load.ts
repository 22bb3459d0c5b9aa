import {
  type Affine,
  BYTES_PER_ELEMENT,
  type Channel,
  type Environment,
  evaluateAffine,
  type Statement,
} from '@tilewright/spec';
import { type CoreWork, microkernelWork, WORKS_ONCE } from './microkernel-work.ts';

type Work = Record<string, number>;

/** What one instance of a process does in one grid iteration, free of any constant. */
export interface ProcessLoad {
  /** Work in loops that take data: what the streams can keep up with, or not. */
  readonly looped: CoreWork;
  /** Work before and after those loops, while nothing streams in. */
  readonly edge: CoreWork;
  /** Work that begins only when a neighbour has passed its result down the cascade. */
  readonly chained: CoreWork;
  /** Bytes by flow (`channel[index]`), in each direction, without cascades. */
  readonly putBytes: ReadonlyMap<string, number>;
  readonly getBytes: ReadonlyMap<string, number>;
  /** Bytes of the largest single transfer by channel, in each direction. */
  readonly largestPuts: ReadonlyMap<string, number>;
  readonly largestGets: ReadonlyMap<string, number>;
  /** Bytes put by a core outside of all loops, and over the cascade. */
  readonly edgePutBytes: number;
}

/**
 * Adds up a process without running it: a loop multiplies its body by its extent. Parameters are
 * taken at the first iteration, since the cost of a call does not depend on where it is.
 */
export function processLoad(
  body: readonly Statement[],
  coordinates: Environment,
  channels: ReadonlyMap<string, Channel>,
): ProcessLoad {
  const putBytes = new Map<string, number>();
  const getBytes = new Map<string, number>();
  const looped: Work = {};
  const edge: Work = {};
  const chained: Work = {};
  const largest = { put: new Map<string, number>(), get: new Map<string, number>() };
  let edgePutBytes = 0;
  let passedDown = false;

  const visit = (
    statements: readonly Statement[],
    environment: Record<string, number>,
    times: number,
    streams: boolean,
  ): void => {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'for': {
          const inner = { ...environment, [statement.variable]: 0 };
          visit(statement.body, inner, times * statement.extent, streams || takesData(statement.body, channels));
          break;
        }
        case 'if':
          if (holds(evaluateAffine(statement.value, environment), statement.is)) {
            visit(statement.body, environment, times, streams);
          }
          break;
        case 'call': {
          const parameters: Record<string, number> = {};
          for (const name in statement.parameters) {
            parameters[name] = evaluateAt(statement.parameters[name] as Affine, environment);
          }
          const work = microkernelWork(statement.microkernel, parameters);
          const calls = WORKS_ONCE.has(statement.microkernel) ? 1 : times;
          addWork(streams ? looped : passedDown ? chained : edge, work, calls);
          break;
        }
        default: {
          const channel = channels.get(statement.channel);
          if (channel === undefined) break;
          const bytes =
            statement.access.sizes.reduce((product, size) => product * size, 1) * BYTES_PER_ELEMENT[channel.format];
          if (!streams && statement.kind === 'put') edgePutBytes += times * bytes;
          if (channel.kind === 'cascade') {
            passedDown ||= statement.kind === 'get' && !streams;
            break;
          }
          const flows = statement.kind === 'put' ? putBytes : getBytes;
          const flow = `${statement.channel}[${statement.at.map((position) => evaluateAt(position, environment))}]`;
          flows.set(flow, (flows.get(flow) ?? 0) + times * bytes);
          const single = largest[statement.kind];
          single.set(statement.channel, Math.max(single.get(statement.channel) ?? 0, bytes));
        }
      }
    }
  };
  visit(body, { ...coordinates }, 1, false);
  return {
    looped,
    edge,
    chained,
    putBytes,
    getBytes,
    largestPuts: largest.put,
    largestGets: largest.get,
    edgePutBytes,
  };
}

function takesData(body: readonly Statement[], channels: ReadonlyMap<string, Channel>): boolean {
  return body.some((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return takesData(statement.body, channels);
    return statement.kind === 'get' && channels.get(statement.channel)?.kind !== 'cascade';
  });
}

function addWork(total: Work, work: CoreWork, times: number): void {
  for (const name in work) total[name] = (total[name] ?? 0) + times * (work[name as keyof CoreWork] as number);
}

function holds(value: number, is: 'zero' | 'positive'): boolean {
  return is === 'zero' ? value === 0 : value > 0;
}

/** Variables outside the environment (launch iterations) count as their first value. */
function evaluateAt(expression: Affine, environment: Environment): number {
  let value = expression.constant;
  for (const variable in expression.coefficients) {
    value += (expression.coefficients[variable] as number) * (environment[variable] ?? 0);
  }
  return value;
}
