import {
  type Affine,
  affine,
  type Program,
  type ProgramArgument,
  type SeededRandom,
  type Statement,
} from '@tilewright/spec';

/** Elements that a core has of each argument at a time. */
const LARGEST_TILE = 1024;

/**
 * Kernels that do not do what they stand for. They take the arguments of the kernel that they replace and write the last:
 * constants, a copy of the first, half of it, nothing, more than there is; or never come to an end.
 */
export const HOSTILE_PROGRAMS: Readonly<
  Record<string, (args: readonly ProgramArgument[], random: SeededRandom) => Program>
> = {
  constant: (args, random) => written(args, { value: random.pick([0, 1, -1, 0.25]) }),
  copy: (args) => written(args, { copies: true }),
  half: (args) => written(args, { value: 0, share: 0.5 }),
  nothing: (args) => written(args, { value: 0, share: 0 }),
  beyond: (args) => written(args, { value: 1, offset: 16 }),
  behind: (args) => written(args, { value: 1, offset: -16 }),
  unfed: (args) => written(args, { copies: true, isFed: false }),
  endless: (args, random) => written(args, { value: 0, repeats: random.pick([2 ** 20, 2 ** 31 - 1]) }),
  spinning: (args, random) => written(args, { value: 0, spins: random.pick([2 ** 12, 2 ** 31 - 1]) }),
  wide: (args, random) => widened(written(args, { value: 0 }), random),
  odd: (args, random) => {
    const program = written(args, { copies: random.integer(0, 2) === 0 });
    return oddNumbers(program, random.integer(1, 3), random) as Program;
  },
  'no-number': (args, random) => written(args, { value: random.pick([1e39, Number.MAX_VALUE, 1e-46]) }),
  unknown: (args) => written(args, { microkernel: 'return-the-right-answer' }),
};

interface Work {
  readonly value?: number;
  /** Of the first argument instead of a value. */
  readonly copies?: boolean;
  /** How much of the output is written. */
  readonly share?: number;
  /** By how much it is written beside its place. */
  readonly offset?: number;
  readonly isFed?: boolean;
  /** How often all is done again. */
  readonly repeats?: number;
  /** How often a core does its work for each piece. */
  readonly spins?: number;
  readonly microkernel?: string;
}

function written(args: readonly ProgramArgument[], work: Work): Program {
  const { value = 0, copies = false, share = 1, offset = 0, isFed = true, repeats = 1, spins = 1, microkernel } = work;
  const output = args.at(-1) as ProgramArgument;
  const source = copies
    ? args.find(({ elements, name }) => elements === output.elements && name !== output.name)
    : undefined;
  const tile = tileOf(output.elements);
  const steps = Math.max(1, Math.floor((share * output.elements) / tile));
  const operand = (buffer: string): { buffer: string; offset: Affine } => ({ buffer, offset: affine(0) });
  const stream = (kind: 'put' | 'get', name: string, buffer: string, at: Affine): Statement => ({
    ...{ kind, channel: name, at: [affine(0)], buffer },
    access: { offset: at, sizes: [tile], strides: [1] },
  });
  const again = (body: Statement[]): Statement => ({
    ...{ kind: 'for', variable: 'again', extent: repeats },
    body: [{ kind: 'for', variable: 'i', extent: steps, body }],
  });
  const piece = affine(0, { i: tile });
  const call: Statement = source
    ? {
        ...{ kind: 'call', microkernel: microkernel ?? 'copy-bf16' },
        ...{ operands: { a: operand('a'), c: operand('c') }, parameters: { n: affine(tile) } },
      }
    : {
        ...{ kind: 'call', microkernel: microkernel ?? 'fill-bf16' },
        ...{ operands: { c: operand('c') }, parameters: { n: affine(tile), value: affine(value) } },
      };
  const fed = source !== undefined && isFed;
  const channels = [...(source ? ['enters'] : []), 'leaves'];
  return {
    ...{ specificationVersion: 'v1', name: 'hostile', hostPath: 'xclbin', arguments: args.map((one) => ({ ...one })) },
    launches: [
      {
        ...{ name: 'hostile', grid: [], batchTiling: null, pingPong: 'L1', stackBytes: 1024 },
        channels: channels.map((name) => ({ name, kind: 'stream', format: 'bf16', shape: [1], broadcast: null })),
        shim: [
          ...(fed ? [{ name: 'in', parallel: [], body: [again([stream('put', 'enters', source.name, piece)])] }] : []),
          ...(share > 0
            ? [
                {
                  ...{ name: 'out', parallel: [] },
                  body: [again([stream('get', 'leaves', output.name, affine(offset, { i: tile }))])],
                },
              ]
            : []),
        ],
        memtile: [],
        herds: [
          {
            ...{ name: 'hostile', columns: 1, rows: 1, at: null },
            buffers: ['a', 'c'].map((name) => ({ name, format: 'bf16', elements: tile })),
            body: [
              again([
                ...(source ? [stream('get', 'enters', 'a', affine(0))] : []),
                { kind: 'for', variable: 'spin', extent: spins, body: [call] },
                ...(share > 0 ? [stream('put', 'leaves', 'c', affine(0))] : []),
              ]),
            ],
          },
        ],
      },
    ],
  };
}

/** A multiple of 16 that divides the elements, where there is one. */
function tileOf(elements: number): number {
  for (let tile = LARGEST_TILE; tile > 16; tile -= 16) if (elements % tile === 0) return tile;
  return 16;
}

/** A Program with more iterations, instances or streams than can be counted one by one. */
function widened(program: Program, random: SeededRandom): Program {
  const extent = random.pick([2 ** 16, 2 ** 24, 2 ** 31 - 1]);
  const loop = { variable: 'wide', extent };
  const changed = program.launches.map((launch) =>
    random.pick([
      { ...launch, grid: [loop] },
      { ...launch, grid: [loop, { variable: 'wider', extent }] },
      { ...launch, channels: launch.channels.map((channel) => ({ ...channel, shape: [extent] })) },
      { ...launch, channels: launch.channels.map((channel) => ({ ...channel, broadcast: [extent] })) },
      { ...launch, shim: launch.shim.map((process) => ({ ...process, parallel: [loop] })) },
      { ...launch, herds: launch.herds.map((herd) => ({ ...herd, columns: extent })) },
    ]),
  );
  return { ...program, launches: changed };
}

const ODD = [0, -1, 3, 17, 255, 2 ** 20, 2 ** 31 - 1];

/** Some of the numbers in a Program replaced. */
function oddNumbers(program: Program, count: number, random: SeededRandom): unknown {
  const numbers = [...JSON.stringify(program).matchAll(/:-?\d+(?=[,}\]])|(?<=[[,])-?\d+(?=[,\]])/g)].length;
  const chosen = new Set(Array.from({ length: count }, () => random.integer(0, numbers)));
  let at = 0;
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'number') return chosen.has(at++) ? random.pick(ODD) : value;
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner)]));
  };
  return replaced(program);
}
