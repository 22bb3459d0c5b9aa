import { affine, type Channel, type DiagnosticCode, type Launch, type Statement } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import {
  at,
  copy,
  get,
  loop,
  panelLaunch,
  programOf,
  put,
  relayLaunch,
  run,
  stream,
} from './__fixtures__/relay-program.ts';
import { compileLaunch } from './compile-launch.ts';
import { compileProgram } from './compile-program.ts';

const compile = (launch: Launch) => compileLaunch(programOf(launch), launch, XDNA2);
const zero = affine(0);
const withShim = (launch: Launch, index: number, body: readonly Statement[]): Launch => ({
  ...launch,
  shim: launch.shim.map((process, i) => (i === index ? { ...process, body } : process)),
});
const withHerd = (launch: Launch, change: Partial<Launch['herds'][number]>): Launch => ({
  ...launch,
  herds: launch.herds.map((herd) => ({ ...herd, ...change })),
});
/** One stream from DDR straight back to DDR. */
const loopback = (send: Statement, receive: Statement, change: Partial<Launch> = {}): Launch => ({
  ...relayLaunch(),
  channels: [stream('in', [1])],
  shim: [
    { name: 'feed', parallel: [], body: [send] },
    { name: 'drain', parallel: [], body: [receive] },
  ],
  herds: [],
  ...change,
});
const sendAt = (offset = zero, elements = 64) => put('in', [zero], 'in', run(elements, offset));
const receiveAt = (offset = zero, elements = 64) => get('in', [zero], 'out', run(elements, offset));
/** Memtile processes that each take one stream from DDR and send it on over `copies` streams. */
const fan = (
  processes: number,
  copies: number,
  column: (process: number) => number,
  change: Partial<Launch> = {},
): Launch => {
  const wires = Array.from({ length: copies }, (_, i) => stream(`to${i}`, [processes]));
  return {
    ...relayLaunch(),
    channels: [stream('from', [processes]), ...wires],
    shim: [
      {
        name: 'feed',
        parallel: [{ variable: 'p', extent: processes }],
        body: [put('from', [at('p')], 'in', run(64))],
      },
    ],
    memtile: Array.from({ length: processes }, (_, p) => ({
      name: `fan${p}`,
      parallel: [],
      column: affine(column(p)),
      buffers: [{ name: 'b', format: 'bf16' as const, elements: 64 }],
      body: [get('from', [affine(p)], 'b', run(64)), ...wires.map(({ name }) => put(name, [affine(p)], 'b', run(64)))],
    })),
    herds: [],
    ...change,
  };
};
/** Cores of a column that pass a buffer on to their neighbour. */
const cascade = (fromRow: number, toRow: number): Launch => {
  const down: Channel = { name: 'down', kind: 'cascade', format: 'bf16', shape: [1], broadcast: null };
  const herd = (name: string, row: number, body: readonly Statement[]): Launch['herds'][number] => ({
    name,
    columns: 1,
    rows: 1,
    at: { column: 0, row },
    buffers: [{ name: 'b', format: 'bf16', elements: 64 }],
    body,
  });
  return {
    ...relayLaunch(),
    channels: [down],
    shim: [],
    herds: [
      herd('upper', fromRow, [put('down', [zero], 'b', run(64))]),
      herd('lower', toRow, [get('down', [zero], 'b', run(64))]),
    ],
  };
};
const manyBuffers = (count: number): Launch => {
  const launch = relayLaunch({ columns: 1 });
  const names = Array.from({ length: count }, (_, i) => `b${i}`);
  return withHerd(
    {
      ...withShim(launch, 0, [loop('i', count, put('in', [zero, zero], 'in', run(64)))]),
      shim: launch.shim.slice(0, 1),
    },
    {
      buffers: names.map((name) => ({ name, format: 'bf16', elements: 64 })),
      body: names.map((name) => get('in', [zero, zero], name, run(64))),
    },
  );
};
const manyMicrokernelCalls = (calls: number): Launch =>
  withHerd(relayLaunch(), {
    body: [
      loop(
        'i',
        4,
        get('in', [at('x'), at('y')], 'a', run(64)),
        ...Array.from({ length: calls }, () => copy('a', 'c', 64)),
        put('out', [at('x'), at('y')], 'c', run(64)),
      ),
    ],
  });
/** One core that takes `streams` streams from the memtile below it. */
const sink = (streams: number): Launch => ({
  ...fan(1, streams, () => 0),
  herds: [
    {
      name: 'sink',
      columns: 1,
      rows: 1,
      at: null,
      buffers: [{ name: 'b', format: 'bf16', elements: 64 * streams }],
      body: Array.from({ length: streams }, (_, i) => get(`to${i}`, [zero], 'b', run(64, affine(64 * i)))),
    },
  ],
});
/** SiLU·up as published: tiles interleaved over eight cores, two operands per shim tile. */
const interleaved = (steps: number, tile: number): Launch => {
  const launch = relayLaunch({ columns: 8, tile, steps, pingPong: 'none' });
  const place = affine(0, { i: 8 * tile, x: tile });
  const here = [at('x'), zero];
  return {
    ...launch,
    channels: [...launch.channels, stream('in2', [8, 1])],
    shim: [
      ...launch.shim.map((process) => ({
        ...process,
        body: [
          process.name === 'feed'
            ? loop('i', steps, put('in', here, 'in', run(tile, place)))
            : loop('i', steps, get('out', here, 'out', run(tile, place))),
        ],
      })),
      {
        name: 'feed2',
        parallel: [{ variable: 'x', extent: 8 }],
        body: [loop('i', steps, put('in2', here, 'in', run(tile, place)))],
      },
    ],
    herds: launch.herds.map((herd) => ({
      ...herd,
      buffers: [...herd.buffers, { name: 'b', format: 'bf16' as const, elements: tile }],
      body: [
        loop(
          'i',
          steps,
          get('in', here, 'a', run(tile)),
          get('in2', here, 'b', run(tile)),
          copy('a', 'c', tile),
          put('out', here, 'c', run(tile)),
        ),
      ],
    })),
  };
};
/** 16 cores of the left half, each fed two private streams by memtiles of the right half. */
const crossing = (perMemtile: number): Launch => {
  const base = fan(4, perMemtile, (p) => 4 + p);
  return {
    ...base,
    herds: Array.from({ length: perMemtile }, (_, i) => ({
      name: `sink${i}`,
      columns: 1,
      rows: 4,
      at: { column: i % 4, row: 2 },
      buffers: [
        { name: 'b', format: 'bf16' as const, elements: 64 },
        { name: 'd', format: 'bf16' as const, elements: 64 },
      ],
      body: [
        get(`to${i}`, [at('y')], 'b', run(64)),
        ...(i + 4 < perMemtile ? [get(`to${i + 4}`, [at('y')], 'd', run(64))] : []),
      ],
    })).slice(0, 4),
  };
};

interface Case {
  readonly code: DiagnosticCode;
  readonly what: string;
  readonly accepts: Launch;
  readonly rejects: Launch;
  readonly needed: number;
  readonly available: number;
}

const ladder = (extent: number, step: number) => loop('i', extent, sendAt(at('i', step)));

/** A transfer that no loop around it folds into: as many tasks as trips. */
const tasksAtOnce = (count: number): Launch =>
  loopback(
    loop('i', count, put('in', [zero], 'in', { offset: at('i', 2), sizes: [2, 2, 2, 2], strides: [4096, 512, 64, 1] })),
    receiveAt(zero, 16 * count),
    { taskIssue: 'at-once' },
  );

const CASES: readonly Case[] = [
  {
    code: 'l1-exceeded',
    what: 'two buffers of 16 KB, doubled, beside a stack of 1 KB',
    accepts: relayLaunch({ tile: 8192, pingPong: 'none' }),
    rejects: relayLaunch({ tile: 8192 }),
    needed: 1024 + 4 * 16_384,
    available: 65_536,
  },
  {
    code: 'l2-exceeded',
    what: 'a panel of 320 KB, doubled',
    accepts: panelLaunch({ tile: 8192, pieces: 20, pingPong: 'none' }),
    rejects: panelLaunch({ tile: 8192, pieces: 20, pingPong: 'L2' }),
    needed: 2 * 20 * 16_384,
    available: 524_288,
  },
  {
    code: 'program-memory-exceeded',
    what: 'a program of very many calls',
    accepts: manyMicrokernelCalls(10),
    rejects: manyMicrokernelCalls(200),
    needed: 1024 + 64 + 2 * (200 * 80 + 4 * 16 + 2 * 16) + 128,
    available: 16_384,
  },
  {
    code: 'shim-channels-exceeded',
    what: 'a herd of 32 that each read DDR',
    accepts: relayLaunch({ columns: 4, rows: 4 }),
    rejects: relayLaunch({ columns: 8, rows: 4 }),
    needed: 32,
    available: 16,
  },
  {
    code: 'memtile-channels-exceeded',
    what: 'seven streams out of one memtile',
    accepts: fan(1, 6, () => 0),
    rejects: fan(1, 7, () => 0),
    needed: 7,
    available: 6,
  },
  {
    code: 'core-channels-exceeded',
    what: 'three streams into one core',
    accepts: sink(2),
    rejects: sink(3),
    needed: 3,
    available: 2,
  },
  {
    code: 'buffer-descriptors-exceeded',
    what: 'a walk that needs four dimensions with a large outer factor, unrolled',
    accepts: interleaved(512, 4096),
    rejects: interleaved(1024, 2048),
    needed: 3 * 16,
    available: 16,
  },
  {
    code: 'locks-exceeded',
    what: 'nine buffers that the DMA fills',
    accepts: manyBuffers(8),
    rejects: manyBuffers(9),
    needed: 18,
    available: 16,
  },
  {
    code: 'repeat-count-exceeded',
    what: 'the same data 1,187 times',
    accepts: loopback(loop('i', 768, sendAt()), receiveAt(zero, 768 * 64)),
    rejects: loopback(loop('i', 1187, sendAt()), receiveAt(zero, 1187 * 64)),
    needed: 1186,
    available: 255,
  },
  {
    code: 'stride-exceeded',
    what: 'a loop that steps over more than 2^20 words',
    accepts: loopback(ladder(4, 2_097_152), receiveAt(zero, 256)),
    rejects: loopback(ladder(4, 2_097_154), receiveAt(zero, 256)),
    needed: 1_048_577,
    available: 1_048_576,
  },
  {
    code: 'wrap-exceeded',
    what: 'a prime number of strided runs',
    accepts: loopback(
      put('in', [zero], 'in', { offset: zero, sizes: [2048, 64], strides: [128, 1] }),
      receiveAt(zero, 131_072),
    ),
    rejects: loopback(
      put('in', [zero], 'in', { offset: zero, sizes: [2053, 64], strides: [128, 1] }),
      receiveAt(zero, 131_392),
    ),
    needed: 2053,
    available: 1023,
  },
  {
    code: 'dimensions-exceeded',
    what: 'five dimensions that do not merge',
    accepts: loopback(
      put('in', [zero], 'in', { offset: zero, sizes: [2, 2, 2, 2], strides: [512, 64, 8, 1] }),
      receiveAt(zero, 16),
    ),
    rejects: loopback(
      put('in', [zero], 'in', { offset: zero, sizes: [2, 2, 2, 2, 2], strides: [4096, 512, 64, 8, 1] }),
      receiveAt(zero, 32),
    ),
    needed: 5,
    available: 4,
  },
  {
    code: 'transfer-misaligned',
    what: 'a single 16-bit element',
    accepts: loopback(sendAt(zero, 2), receiveAt(zero, 2)),
    rejects: loopback(sendAt(zero, 1), receiveAt(zero, 2)),
    needed: 2,
    available: 4,
  },
  {
    code: 'herd-out-of-array',
    what: 'a herd of eight rows',
    accepts: relayLaunch({ columns: 1, rows: 4 }),
    rejects: relayLaunch({ columns: 1, rows: 8 }),
    needed: 8,
    available: 4,
  },
  {
    code: 'herds-overlap',
    what: 'two herds on one core',
    accepts: cascade(3, 2),
    rejects: cascade(2, 2),
    needed: 2,
    available: 1,
  },
  {
    code: 'cascade-invalid',
    what: 'a cascade to the north',
    accepts: cascade(5, 4),
    rejects: cascade(3, 4),
    needed: 1,
    available: 0,
  },
  {
    code: 'routing-congested',
    what: '24 private streams over the 20 wires between two halves of the array',
    accepts: crossing(4),
    rejects: crossing(6),
    needed: 0,
    available: 4,
  },
  {
    code: 'channel-invalid',
    what: 'an index outside the shape',
    accepts: loopback(sendAt(), receiveAt()),
    rejects: loopback(put('in', [affine(1)], 'in', run(64)), receiveAt()),
    needed: 1,
    available: 0,
  },
  {
    code: 'microkernel-unknown',
    what: 'a name that nobody knows',
    accepts: relayLaunch(),
    rejects: withHerd(relayLaunch(), {
      body: [{ kind: 'call', microkernel: 'copy-bf17', operands: {}, parameters: {} }],
    }),
    needed: 1,
    available: 0,
  },
  {
    code: 'microkernel-limit',
    what: 'a tile that 16 lanes do not divide',
    accepts: relayLaunch({ tile: 48 }),
    rejects: relayLaunch({ tile: 40 }),
    needed: 1,
    available: 0,
  },
  {
    code: 'program-malformed',
    what: 'a buffer that is not there',
    accepts: relayLaunch(),
    rejects: withHerd(relayLaunch(), { buffers: [{ name: 'a', format: 'bf16', elements: 64 }] }),
    needed: 1,
    available: 0,
  },
];

/** Launches that compile; the second of each pair goes wrong when it runs. */
const HAZARDS = [
  {
    code: 'odd-trip-count',
    what: 'five trips of a doubled loop',
    accepts: [relayLaunch({ steps: 4 }), relayLaunch({ steps: 3 }), relayLaunch({ steps: 5, pingPong: 'none' })],
    rejects: relayLaunch({ steps: 5 }),
    needed: 5,
    available: 3,
  },
  {
    code: 'task-queue-overflow',
    what: 'eight tasks of a batch at once',
    accepts: [tasksAtOnce(6), { ...tasksAtOnce(8), taskIssue: 'paced' as const }],
    rejects: tasksAtOnce(8),
    needed: 8,
    available: 6,
  },
] as const;

describe.each(HAZARDS)('$code: $what', ({ code, accepts, rejects, needed, available }) => {
  it('foresees nothing where nothing goes wrong', () => {
    for (const launch of accepts) {
      const { diagnostics, hazards } = compile(launch);
      expect([...diagnostics, ...hazards].map(({ message }) => message)).toEqual([]);
    }
  });

  it('compiles, and is foreseen with need, limit and cure', () => {
    const { machine, diagnostics, hazards } = compile(rejects);
    expect(diagnostics).toEqual([]);
    expect(machine).not.toBeNull();
    expect(hazards.map((hazard) => hazard.code)).toContain(code);
    const [first] = hazards;
    expect(first).toMatchObject({ dispatch: 'relay', launch: 'relay', needed, available });
    expect(first?.message).not.toBe('');
    expect(first?.cure).not.toBe('');
  });
});

it('output-incomplete: foresees an output of which the launches write a part', () => {
  const launch = loopback(sendAt(), receiveAt());
  expect(compileProgram(programOf(launch, 64), XDNA2).hazards).toEqual([]);
  const { machine, diagnostics, hazards } = compileProgram(programOf(launch, 128), XDNA2);
  expect(machine).not.toBeNull();
  expect(diagnostics).toEqual([]);
  expect(hazards).toMatchObject([
    { code: 'output-incomplete', resource: 'argument out', launch: 'relay', needed: 128, available: 64 },
  ]);
});

const PLACELESS: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>([
  'channel-invalid',
  'herd-out-of-array',
  'program-malformed',
  'shim-channels-exceeded',
]);

describe.each(CASES)('$code: $what', ({ code, accepts, rejects, needed, available }) => {
  it('accepts what just fits', () => {
    expect(compile(accepts).diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it('rejects what does not, with need, limit and cure', () => {
    const found = compile(rejects).diagnostics.filter((diagnostic) => diagnostic.code === code);
    expect(found.length).toBeGreaterThan(0);
    const [first] = found;
    expect(first).toMatchObject({ dispatch: 'relay', launch: 'relay', available });
    // All but the array as a whole and what is wrong in the text have a tile.
    expect(first?.place === null).toBe(PLACELESS.has(code));
    if (needed > 0) expect(first?.needed).toBe(needed);
    else expect(first?.needed).toBeGreaterThan(available);
    expect(first?.message).not.toBe('');
    expect(first?.cure).not.toBe('');
  });
});
