import { affine, type Launch, type Statement } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import { xdna2Simulator } from '../target.ts';
import { at, copy, get, loop, panelLaunch, programOf, put, relayLaunch, run } from './__fixtures__/relay-program.ts';
import { compileLaunch } from './compile-launch.ts';

const here = [affine(0), affine(0)];
const ELEMENTS = 1024;

/** One core, or one memtile, between `in` and `out`; what it does with its buffers is the test's. */
function coreLaunch(body: readonly Statement[], change: Partial<Launch> = {}): Launch {
  const launch = relayLaunch({ columns: 1, tile: 64, steps: 8 });
  const herd = launch.herds[0] as Launch['herds'][number];
  return { ...launch, herds: [{ ...herd, buffers: [{ name: 'b', format: 'bf16', elements: 128 }], body }], ...change };
}

function memtileLaunch(body: readonly Statement[], elements: number): Launch {
  const launch = panelLaunch({ steps: 4 });
  const process = launch.memtile[0] as Launch['memtile'][number];
  return {
    ...launch,
    memtile: [{ ...process, buffers: [{ name: 'panel', format: 'bf16', elements }], body }],
  };
}

/** Copies 512 elements through the launch with the literal interpreter. */
async function relayed(launch: Launch): Promise<{ sent: Uint16Array; received: Uint16Array }> {
  const program = programOf(launch, ELEMENTS);
  const target = xdna2Simulator();
  const dispatch = { id: 'relay', section: 'prefill', step: 'relay', program, buffers: ['in', 'out'] } as const;
  const compiled = await target.compile({ specificationVersion: 'v1', device: XDNA2.id, dispatches: [dispatch] });
  const session = await target.open(compiled, { execution: 'literal' });
  const buffers = await Promise.all(['in', 'out'].map((name) => session.allocate({ name, bytes: ELEMENTS * 2 })));
  const [sent, received] = buffers.map(({ host }) => new Uint16Array(host.buffer, host.byteOffset, ELEMENTS)) as [
    Uint16Array,
    Uint16Array,
  ];
  for (let i = 0; i < ELEMENTS; i++) sent[i] = i + 1;
  for (const buffer of buffers) await session.sync(buffer, 'to-device');
  await session.run('relay', buffers);
  for (const buffer of buffers) await session.sync(buffer, 'from-device');
  const result = { sent: sent.slice(0, 512), received: received.slice(0, 512) };
  await session.close();
  return result;
}

const tile = run(64);
const second = run(64, affine(64));

describe('ownership of buffers that DMA ends share', () => {
  const cases: readonly (readonly [string, Launch])[] = [
    [
      'a core passes a buffer on in place',
      coreLaunch([loop('i', 8, get('in', here, 'b', tile), put('out', here, 'b', tile))]),
    ],
    [
      'a core fills a buffer in two gets and passes it on in two puts',
      coreLaunch([
        loop(
          'i',
          4,
          get('in', here, 'b', tile),
          get('in', here, 'b', second),
          put('out', here, 'b', tile),
          put('out', here, 'b', second),
        ),
      ]),
    ],
    [
      'a core gathers in a loop and passes on after it',
      coreLaunch([
        loop('i', 4, loop('j', 2, get('in', here, 'b', run(64, at('j', 64)))), put('out', here, 'b', run(128))),
      ]),
    ],
    [
      'a memtile gathers in one loop and sends in another',
      memtileLaunch(
        [
          loop(
            'i',
            2,
            loop('j', 2, get('panel', here, 'panel', run(128, at('j', 128)))),
            loop('k', 4, put('in', here, 'panel', run(64, at('k', 64)))),
          ),
        ],
        256,
      ),
    ],
    [
      'a memtile uses one buffer in two loops after one another',
      memtileLaunch(
        [
          loop(
            'i',
            2,
            get('panel', here, 'panel', run(128)),
            loop('j', 2, put('in', here, 'panel', run(64, at('j', 64)))),
          ),
          loop(
            'k',
            2,
            get('panel', here, 'panel', run(128)),
            loop('l', 2, put('in', here, 'panel', run(64, at('l', 64)))),
          ),
        ],
        128,
      ),
    ],
  ];
  it.each(cases)('%s', async (_what, launch) => {
    const { sent, received } = await relayed(launch);
    expect(received).toEqual(sent);
  });

  it('refuses to fill a buffer again that an outer block still owns', () => {
    const launch = coreLaunch([get('in', here, 'b', tile), loop('i', 7, get('in', here, 'b', tile))]);
    const { diagnostics } = compileLaunch(programOf(launch), launch, XDNA2);
    expect(diagnostics.map(({ message }) => message).join()).toContain('an outer block still owns it');
  });

  it('refuses two channels that take turns on one buffer', () => {
    const launch = relayLaunch({ columns: 1 });
    const herd = launch.herds[0] as Launch['herds'][number];
    const mixed: Launch = {
      ...launch,
      channels: [...launch.channels, { name: 'in2', kind: 'stream', format: 'bf16', shape: [1, 1], broadcast: null }],
      herds: [
        {
          ...herd,
          body: [
            loop('i', 2, get('in', here, 'a', tile)),
            loop('j', 2, get('in2', here, 'a', tile), copy('a', 'c', 64)),
          ],
        },
      ],
    };
    const { diagnostics } = compileLaunch(programOf(mixed), mixed, XDNA2);
    expect(diagnostics.map(({ message }) => message).join()).toContain('take turns');
  });
});
