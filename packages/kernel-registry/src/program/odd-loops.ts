import type { Channel, Launch, Statement } from '@tilewright/spec';
import { corruptsOddTrips } from './trip-counts.ts';

/** A loop of a herd whose doubled buffers fall out of step with their DMA: what it computes is wrong. */
export interface OddLoop {
  readonly herd: string;
  readonly variable: string;
  readonly trips: number;
  readonly buffers: readonly string[];
}

/**
 * The innermost loops of a launch's cores that the compiler doubles and that run an odd number of times
 * above three. What only some cores do, under an `if`, counts for all.
 */
export function oddLoops(launch: Launch): readonly OddLoop[] {
  if (launch.pingPong !== 'L1' && launch.pingPong !== 'L1-and-L2') return [];
  const streams = new Set(launch.channels.filter(({ kind }) => kind === 'stream').map(({ name }) => name));
  return launch.herds.flatMap((herd) =>
    doubledLoops(herd.body, streams).flatMap(({ loop, buffers }) =>
      corruptsOddTrips(loop.trips) ? [{ herd: herd.name, ...loop, buffers }] : [],
    ),
  );
}

interface Repeated {
  readonly variable: string;
  readonly trips: number;
  readonly outer: Repeated | null;
}

function doubledLoops(
  body: readonly Statement[],
  streams: ReadonlySet<Channel['name']>,
): readonly { readonly loop: Pick<Repeated, 'variable' | 'trips'>; readonly buffers: readonly string[] }[] {
  const around = new Map<string, Set<Repeated | null>>();
  const walk = (statements: readonly Statement[], loop: Repeated | null): void => {
    for (const statement of statements) {
      if (statement.kind === 'for') {
        const { variable, extent } = statement;
        const unrolled = extent === 1 || picksStream(statement.body, variable);
        walk(statement.body, unrolled ? loop : { variable, trips: extent, outer: loop });
      } else if (statement.kind === 'if') walk(statement.body, loop);
      else if (statement.kind !== 'call' && streams.has(statement.channel)) {
        const known = around.get(statement.buffer) ?? new Set();
        around.set(statement.buffer, known.add(loop));
      }
    }
  };
  walk(body, null);
  const buffersOf = new Map<Repeated, string[]>();
  for (const [buffer, loops] of around) {
    const [loop] = loops;
    if (loops.size !== 1 || loop === null || loop === undefined) continue;
    buffersOf.set(loop, [...(buffersOf.get(loop) ?? []), buffer]);
  }
  const outer = new Set<Repeated>();
  for (const loop of buffersOf.keys()) for (let one = loop.outer; one !== null; one = one.outer) outer.add(one);
  return [...buffersOf]
    .filter(([loop]) => !outer.has(loop))
    .map(([{ variable, trips }, buffers]) => ({ loop: { variable, trips }, buffers }));
}

/** Whether a transfer in the body names its stream by this variable: such a loop is unrolled whole. */
function picksStream(body: readonly Statement[], variable: string): boolean {
  return body.some((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return picksStream(statement.body, variable);
    return statement.kind !== 'call' && statement.at.some(({ coefficients }) => (coefficients[variable] ?? 0) !== 0);
  });
}
