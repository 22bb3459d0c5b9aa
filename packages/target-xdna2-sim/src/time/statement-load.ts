import {
  type Affine,
  BYTES_PER_ELEMENT,
  type Channel,
  type Environment,
  evaluateAffine,
  type Statement,
} from '@tilewright/spec';
import { microkernelCycles } from './microkernel-cycles.ts';

/** What one instance of a process does in one grid iteration. */
export interface ProcessLoad {
  readonly cycles: number;
  readonly calls: number;
  /** Bytes by flow (`channel[index]`), in each direction. */
  readonly putBytes: ReadonlyMap<string, number>;
  readonly getBytes: ReadonlyMap<string, number>;
  /** Bytes of the largest single transfer, in each direction. */
  readonly largestPutBytes: number;
  readonly largestGetBytes: number;
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
  const single = { put: 0, get: 0 };
  let cycles = 0;
  let calls = 0;

  const visit = (statements: readonly Statement[], environment: Record<string, number>, times: number): void => {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'for':
          visit(statement.body, { ...environment, [statement.variable]: 0 }, times * statement.extent);
          break;
        case 'if':
          if (holds(evaluateAffine(statement.value, environment), statement.is)) {
            visit(statement.body, environment, times);
          }
          break;
        case 'call': {
          const parameters = Object.fromEntries(
            Object.entries(statement.parameters).map(([name, value]) => [name, evaluateAt(value, environment)]),
          );
          cycles += times * microkernelCycles(statement.microkernel, parameters);
          calls += times;
          break;
        }
        default: {
          const channel = channels.get(statement.channel);
          if (channel === undefined) break;
          const elements = statement.access.sizes.reduce((product, size) => product * size, 1);
          const index = statement.at.map((position) => evaluateAt(position, environment));
          const flows = statement.kind === 'put' ? putBytes : getBytes;
          const flow = `${statement.channel}[${index}]`;
          const bytes = elements * BYTES_PER_ELEMENT[channel.format];
          flows.set(flow, (flows.get(flow) ?? 0) + times * bytes);
          single[statement.kind] = Math.max(single[statement.kind], bytes);
        }
      }
    }
  };
  visit(body, { ...coordinates }, 1);
  return { cycles, calls, putBytes, getBytes, largestPutBytes: single.put, largestGetBytes: single.get };
}

function holds(value: number, is: 'zero' | 'positive'): boolean {
  return is === 'zero' ? value === 0 : value > 0;
}

/** Variables outside the environment (launch iterations) count as their first value. */
function evaluateAt(expression: Affine, environment: Environment): number {
  let value = expression.constant;
  for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
    value += coefficient * (environment[variable] ?? 0);
  }
  return value;
}
