import { affine, type Launch } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import type { MachineLaunch, Step } from '../machine/machine.ts';
import { at, copy, get, loop, panelLaunch, programOf, put, relayLaunch, run } from './__fixtures__/relay-program.ts';
import { compileLaunch } from './compile-launch.ts';

function machineOf(launch: Launch): MachineLaunch {
  const { machine, diagnostics } = compileLaunch(programOf(launch), launch, XDNA2);
  expect(diagnostics).toEqual([]);
  return machine as MachineLaunch;
}

/** Steps as one line: `loop 4 { acquire a.filled … }`. */
function trace(machine: MachineLaunch, steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if (step.kind === 'loop') return `${step.extent} × { ${trace(machine, step.body)} }`;
      if (step.kind === 'acquire' || step.kind === 'release') {
        return `${step.kind} ${machine.locks[step.lock]?.name.split(' ')[0]}`;
      }
      if (step.kind === 'advance' || step.kind === 'select')
        return `${step.kind} ${machine.buffers[step.buffer]?.name}`;
      if (step.kind === 'call') return step.microkernel;
      return `${step.direction} ${machine.flows[step.flow]?.name}`;
    })
    .join('; ');
}

const dmaTrace = (machine: MachineLaunch, row: number, direction: 'MM2S' | 'S2MM', column = 0): string => {
  const found = machine.dmas.find(
    ({ tile, direction: way }) => tile.row === row && tile.column === column && way === direction,
  );
  return trace(machine, found?.steps ?? []);
};

describe('compileLaunch', () => {
  it('lowers gets and puts of a core to locks, and doubles the buffers of its loop', () => {
    const machine = machineOf(relayLaunch());
    expect(trace(machine, machine.cores[0]?.steps ?? [])).toBe(
      '4 × { acquire c.free; acquire a.filled; copy-bf16; release c.filled; release a.free; advance a; advance c }',
    );
    expect(dmaTrace(machine, 2, 'S2MM')).toBe('4 × { acquire a.free; get in[0, 0]; release a.filled; advance a }');
    expect(dmaTrace(machine, 2, 'MM2S')).toBe('4 × { acquire c.filled; put out[0, 0]; release c.free; advance c }');
    expect(machine.buffers.map(({ name, addresses }) => [name, addresses]).slice(0, 2)).toEqual([
      ['a', [1024, 1152]],
      ['c', [1280, 1408]],
    ]);
    expect(machine.locks.filter(({ name }) => name.includes('.free')).every(({ initial }) => initial === 2)).toBe(true);
    expect(machine.locks.filter(({ name }) => name.includes('.filled')).every(({ initial }) => initial === 0)).toBe(
      true,
    );
  });

  it('holds a memtile panel from its get to the end of that block, however deep its puts are', () => {
    const machine = machineOf(panelLaunch());
    expect(dmaTrace(machine, 1, 'S2MM')).toBe(
      '4 × { acquire panels.panel.free; get panel[0, 0]; release panels.panel.filled; advance panels.panel }',
    );
    expect(dmaTrace(machine, 1, 'MM2S')).toBe(
      '4 × { acquire panels.panel.filled; 2 × { put in[0, 0] }; release panels.panel.free; advance panels.panel }',
    );
  });

  it.each([
    ['L1-and-L2', 2, 2],
    ['L1', 2, 1],
    ['L2', 1, 2],
    ['none', 1, 1],
  ] as const)('doubles with ping-pong %s', (pingPong, l1, l2) => {
    const machine = machineOf(panelLaunch({ pingPong }));
    const copies = (row: number) =>
      new Set(machine.buffers.filter(({ tile }) => tile.row === row).map(({ addresses }) => addresses.length));
    expect([...copies(2)]).toEqual([l1]);
    expect([...copies(1)]).toEqual([l2]);
  });

  it('leaves a loop of one trip and the outer loops of a nest single', () => {
    const single = machineOf(relayLaunch({ steps: 1 }));
    expect(single.buffers.every(({ addresses }) => addresses.length === 1)).toBe(true);
    const launch = relayLaunch({ columns: 1 });
    const here = [affine(0), affine(0)];
    const nested = machineOf({
      ...launch,
      herds: launch.herds.map((herd) => ({
        ...herd,
        buffers: [...herd.buffers.slice(0, 1), { name: 'c', format: 'bf16' as const, elements: 128 }],
        body: [
          loop(
            'i',
            2,
            loop('j', 2, get('in', here, 'a', run(64)), {
              kind: 'call' as const,
              microkernel: 'copy-bf16',
              operands: {
                a: { buffer: 'a', offset: affine(0) },
                c: { buffer: 'c', offset: affine(0, { j: 64 }) },
              },
              parameters: { n: affine(64) },
            }),
            put('out', here, 'c', run(128)),
          ),
        ],
      })),
    });
    expect(nested.buffers.map(({ name, addresses }) => [name, addresses.length])).toEqual([
      ['a', 2],
      ['c', 1],
    ]);
  });

  it('uses nearby shim columns and spills when they are full', () => {
    const machine = machineOf(relayLaunch({ columns: 2, rows: 4 }));
    const columns = machine.dmas
      .filter(({ tile, direction }) => tile.row === 0 && direction === 'MM2S')
      .map(({ tile }) => tile.column)
      .sort();
    expect(columns).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('places herds side by side from the lowest, leftmost core on, around those that are pinned', () => {
    const launch = relayLaunch();
    const herd = (name: string, columns: number, rows: number, at: { column: number; row: number } | null) => ({
      name,
      columns,
      rows,
      at,
      buffers: [],
      body: [],
    });
    const machine = machineOf({
      ...launch,
      channels: [],
      shim: [],
      herds: [herd('a', 3, 4, null), herd('pinned', 2, 1, { column: 0, row: 2 }), herd('b', 1, 1, null)],
    });
    const first = (name: string) => machine.cores.find((core) => core.herd === name)?.tile;
    expect([first('a'), first('pinned'), first('b')]).toEqual([
      { column: 2, row: 2 },
      { column: 0, row: 2 },
      { column: 0, row: 3 },
    ]);
  });

  it('takes the batches from the largest divisors within the tiling', () => {
    const launch = relayLaunch();
    const machine = machineOf({
      ...launch,
      grid: [
        { variable: 'm', extent: 6 },
        { variable: 'n', extent: 7 },
      ],
      batchTiling: [4, 4],
    });
    expect(machine.batchExtents).toEqual([3, 1]);
  });

  it('lets a stream that nobody feeds compile, so that it hangs when it runs', () => {
    const launch = relayLaunch();
    const machine = machineOf({ ...launch, shim: launch.shim.slice(1) });
    expect(machine.flows.find(({ name }) => name === 'in[0, 0]')?.source).toBeNull();
  });

  it('rejects a call on a buffer that belongs to the DMA', () => {
    const launch = relayLaunch({ columns: 1 });
    const here = [at('x'), at('y')];
    const early = {
      ...launch,
      herds: launch.herds.map((herd) => ({
        ...herd,
        body: [loop('i', 4, copy('a', 'c', 64), get('in', here, 'a', run(64)), put('out', here, 'c', run(64)))],
      })),
    };
    const { diagnostics } = compileLaunch(programOf(early), early, XDNA2);
    expect(diagnostics).toMatchObject([{ code: 'program-malformed' }]);
    expect(diagnostics[0]?.message).toContain('belongs to the DMA');
  });

  it('reports every limit and not only the first, equal tiles once', () => {
    const { diagnostics } = compileLaunch(
      programOf(relayLaunch({ columns: 8, rows: 4, tile: 8200 })),
      relayLaunch({ columns: 8, rows: 4, tile: 8200 }),
      XDNA2,
    );
    expect(diagnostics.map(({ code }) => code).sort()).toEqual([
      'l1-exceeded',
      'microkernel-limit',
      'shim-channels-exceeded',
      'shim-channels-exceeded',
    ]);
    expect(diagnostics.find(({ code }) => code === 'l1-exceeded')?.message).toContain('31 more alike');
  });
});
