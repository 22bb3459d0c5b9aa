import type { FaultDump } from '@tilewright/spec';

/** A channel on which somebody waits for ever. */
export interface StuckChannel {
  /** As the dump writes it: `a_l1[3]`. */
  readonly channel: string;
  readonly kind: 'no-producer' | 'no-consumer' | 'starved' | 'blocked';
  /** What is wrong, without a full stop. */
  readonly sentence: string;
  readonly evidence: string;
}

/** The order in which kinds explain the others: what cannot move because of the Program comes first. */
const ORDER: readonly StuckChannel['kind'][] = ['no-producer', 'no-consumer', 'starved', 'blocked'];

/**
 * The channels of a dump on which actors wait, the likeliest root first: one without producer or consumer
 * explains everything that waits behind it; then one that ran dry, then one that is full. Of equals, the one
 * that moved least.
 */
export function stuckChannels(dump: FaultDump): readonly StuckChannel[] {
  const waiters = new Map<string, { readonly actor: string; readonly waitsOn: string }[]>();
  for (const { actor, state, waitsOn } of dump.actors) {
    const channel = /^channel (\S+?(?:\[[^\]]*\])?)(?=[\s,;:]|$)/.exec(waitsOn ?? '')?.[1];
    if (state !== 'waiting' || channel === undefined || waitsOn === null) continue;
    waiters.set(channel, [...(waiters.get(channel) ?? []), { actor, waitsOn }]);
  }
  const moved = new Map(dump.channels.map((channel) => [channel.name, channel]));
  return [...waiters]
    .map(([channel, waiting]) => {
      const { elementsPut = 0, elementsTaken = 0 } = moved.get(channel) ?? {};
      const text = waiting[0]?.waitsOn ?? '';
      const who = waiting.map(({ actor }) => actor).join(', ');
      const kind = kindOf(text, elementsPut, elementsTaken);
      return {
        channel,
        kind,
        sentence: sentenceOf(kind, channel, elementsPut),
        evidence: `${channel}: ${elementsPut} elements put, ${elementsTaken} taken; ${who} ${waiting.length === 1 ? 'waits' : 'wait'}.`,
        elementsPut,
      };
    })
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.elementsPut - b.elementsPut)
    .map(({ elementsPut: _, ...stuck }) => stuck);
}

function kindOf(waitsOn: string, put: number, taken: number): StuckChannel['kind'] {
  if (/there is no put\b/.test(waitsOn)) return 'no-producer';
  if (/there is no get\b/.test(waitsOn)) return 'no-consumer';
  return put > taken ? 'blocked' : 'starved';
}

function sentenceOf(kind: StuckChannel['kind'], channel: string, put: number): string {
  switch (kind) {
    case 'no-producer':
      return `Nobody fills channel ${channel}: the Program has no put for it`;
    case 'no-consumer':
      return `Nobody empties channel ${channel}: the Program has no get for it`;
    case 'starved':
      return `Channel ${channel} runs dry after ${put} elements: its producer stops before its consumers have what they want`;
    case 'blocked':
      return `Channel ${channel} is full: its consumer stops taking before its producer has put everything`;
  }
}
