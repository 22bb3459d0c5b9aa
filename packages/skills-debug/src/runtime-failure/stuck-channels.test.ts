import type { ActorState, FaultDump } from '@tilewright/spec';
import { expect, test } from 'vitest';
import { stuckChannels } from './stuck-channels.ts';

function dump(
  actors: readonly (readonly [string, string])[],
  channels: readonly (readonly [string, number, number])[],
) {
  return {
    actors: actors.map(([actor, waitsOn]): ActorState => ({ actor, state: 'waiting', waitsOn, at: 'get' })),
    locks: [],
    channels: channels.map(([name, elementsPut, elementsTaken]) => ({ name, elementsPut, elementsTaken })),
  } satisfies FaultDump;
}

test('a channel without a producer comes before those that it starves', () => {
  const [first, second] = stuckChannels(
    dump(
      [
        ['shim 0 S2MM 0', 'channel c_l1[0] to be filled by core (0, 2) DMA 0'],
        ['core (0, 2) S2MM 0', 'channel a_l1[0] to be filled by nobody: there is no put'],
        ['core (0, 2)', 'lock a.full S2MM 0→core, which is 0 and has to be 1'],
      ],
      [
        ['a_l1[0]', 0, 0],
        ['c_l1[0]', 0, 0],
      ],
    ),
  );
  expect(first).toMatchObject({ channel: 'a_l1[0]', kind: 'no-producer' });
  expect(second).toMatchObject({ channel: 'c_l1[0]', kind: 'starved' });
});

test('a full channel is told from an empty one by what was put and taken', () => {
  const found = stuckChannels(
    dump(
      [
        ['shim 0 MM2S 0', 'channel in to be taken by memtile 0 DMA 0'],
        ['shim 0 S2MM 0', 'channel out[1, 0] to be filled by memtile 0 DMA 1'],
      ],
      [
        ['in', 96, 64],
        ['out[1, 0]', 64, 64],
      ],
    ),
  );
  expect(found.map(({ channel, kind }) => [channel, kind])).toEqual([
    ['out[1, 0]', 'starved'],
    ['in', 'blocked'],
  ]);
  expect(found[1]?.evidence).toBe('in: 96 elements put, 64 taken; shim 0 MM2S 0 waits.');
});

test('waits for locks and batches are no channels', () => {
  const waits = [
    ['core (0, 2)', 'lock a.full, which is 0 and has to be 1'],
    ['shim 0 MM2S 0', 'the other shim channels, before batch 2'],
  ] as const;
  expect(stuckChannels(dump(waits, []))).toEqual([]);
});
