import { affine, type Launch, type Statement } from '@tilewright/spec';
import type { BuiltKernel } from '../kernel/kernel-definition.ts';
import type { PublishedRow } from './published-rows.ts';
import type { Translated } from './row-values.ts';

/** Rows about something that our builders do otherwise: the kernel as we build it, and what is changed. */

/**
 * The study of tasks in flight: a GEMM on 2 x 2 cores whose batches grow with `runtime_loop_tiling`, each
 * launch iteration being a task of its own on every channel, and all tasks of a batch pushed at once. It
 * states no sizes and columns: with L2 steps beyond one wrap no iteration folds into a descriptor with
 * others, and with each panel in columns of its own the sixteen descriptors of a shim tile suffice.
 */
export function taskStudyRow(row: PublishedRow): Translated | null {
  const tiling = row.tile?.runtime_loop_tiling;
  if (!Array.isArray(tiling) || tiling.length !== 2 || !tiling.every(Number.isInteger)) return null;
  const [tile, cores, iterations] = [16, 2, 4];
  const shape = { m: tile * cores * iterations, k: 4096, n: tile * cores * iterations };
  const herd = { herdColumns: cores, herdRows: cores };
  const tiles = { tileM: tile, tileN: tile, tileKL1: 32, tileKL2: 2048, drainChunks: 1 };
  return {
    shape,
    stated: [],
    config: { method: 'drain', ...tiles, ...herd },
    assumed: [...Object.keys(shape), 'method', ...Object.keys(tiles)],
    adapt: (kernel) =>
      withLaunches(kernel, (launch) => ({
        ...launch,
        batchTiling: tiling,
        taskIssue: 'at-once',
        memtile: launch.memtile.map((process, panel) => {
          const [own] = process.parallel;
          return own === undefined ? process : { ...process, column: affine(cores * panel, { [own.variable]: 1 }) };
        }),
      })),
  };
}

/** `4 separate L3<->L1 streams per tile (in, weight, bias, out)`: the vectors that a core keeps, each on its own stream. */
export function separateStreamsRow(row: PublishedRow): Translated | null {
  const names = row.condition?.match(/separate .*streams per tile \(([^)]*)\)/)?.[1]?.split(',').length;
  if (names === undefined) return null;
  // The published row of the kernel, 1,024 rows of 768.
  const shape = { rows: 1024, width: 768, count: 768, epsilon: 1e-5 };
  return {
    shape,
    stated: [],
    config: { herdColumns: 8 },
    assumed: [...Object.keys(shape), 'herdColumns'],
    adapt: (kernel) => withLaunches(kernel, (launch) => unpacked(launch, 'weight-in', names - 2)),
  };
}

/**
 * `N % (tile_n*herd_n) != 0` in a builder that does not assert it: the grid has as many whole blocks of columns
 * as fit, and the rest of C is never written. N = 2000 with the usual tiles.
 */
export function unevenColumnsRow(row: PublishedRow): Translated | null {
  if (!/N % \(tile_n\*herd_n\) != 0/.test(row.condition ?? '')) return null;
  const [n, covered] = [2000, 1536];
  const shape = { m: 2048, k: 2048, n: covered };
  const tiles = { tileM: 32, tileN: 128, tileKL1: 32, tileKL2: 256, herdColumns: 8, herdRows: 4, drainChunks: 1 };
  const widened = (kernel: BuiltKernel): BuiltKernel => ({
    ...withLaunches(kernel, (launch) => ({
      ...launch,
      shim: launch.shim.map((process) => ({ ...process, body: onWiderRows(process.body, covered, n) })),
    })),
    arguments: kernel.arguments.map((argument) =>
      argument.name === 'a' ? argument : { ...argument, elements: (argument.elements / covered) * n },
    ),
  });
  const assumed = [...Object.keys(shape), 'method', ...Object.keys(tiles)];
  return { shape, stated: [], config: { method: 'drain', ...tiles }, assumed, adapt: widened };
}

/** Transfers of B and C with rows of `to` elements instead of `from`. */
function onWiderRows(body: readonly Statement[], from: number, to: number): readonly Statement[] {
  const wider = (stride: number): number => (stride % from === 0 ? (stride / from) * to : stride);
  return body.map((statement): Statement => {
    if (statement.kind === 'for' || statement.kind === 'if') {
      return { ...statement, body: onWiderRows(statement.body, from, to) };
    }
    if (statement.kind === 'call' || statement.buffer === 'a') return statement;
    const { offset, sizes, strides } = statement.access;
    const coefficients = Object.fromEntries(
      Object.entries(offset.coefficients).map(([name, step]) => [name, wider(step)]),
    );
    return {
      ...statement,
      access: { offset: affine(offset.constant, coefficients), sizes, strides: strides.map(wider) },
    };
  });
}

function withLaunches(kernel: BuiltKernel, change: (launch: Launch) => Launch): BuiltKernel {
  return { ...kernel, launches: kernel.launches.map(change) };
}

/** A launch in which what one channel carries at once comes in equal parts over as many channels. */
function unpacked(launch: Launch, channel: string, parts: number): Launch {
  const numbers = Array.from({ length: parts }, (_, part) => part);
  const apart = (body: readonly Statement[]): readonly Statement[] =>
    body.flatMap((statement): readonly Statement[] => {
      if (statement.kind === 'for' || statement.kind === 'if') return [{ ...statement, body: apart(statement.body) }];
      if (statement.kind === 'call' || statement.channel !== channel) return [statement];
      const { access } = statement;
      const elements = access.sizes.reduce((product, size) => product * size, 1) / parts;
      return numbers.map((part) => ({
        ...statement,
        channel: `${channel}-${part}`,
        access: {
          offset: affine(access.offset.constant + part * elements, access.offset.coefficients),
          sizes: [elements],
          strides: [1],
        },
      }));
    });
  return {
    ...launch,
    channels: launch.channels.flatMap((one) =>
      one.name === channel ? numbers.map((part) => ({ ...one, name: `${channel}-${part}` })) : [one],
    ),
    shim: launch.shim.map((process) => ({ ...process, body: apart(process.body) })),
    herds: launch.herds.map((herd) => ({ ...herd, body: apart(herd.body) })),
  };
}
