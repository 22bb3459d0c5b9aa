import type { ActorState, Failure } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { type Fitted, fitted, fittedSchema } from '../text/fitted.ts';

type ShownActor = { actor: string; waitsOn: string | null; at: string };
type ShownChannel = { name: string; elementsPut: number; elementsTaken: number };
type ShownLock = { name: string; place: string; value: number };

export type ShownFault = {
  dispatch: string;
  fault: string;
  chain: { actors: string[]; moreActors: number; circle: boolean } | null;
  waiting: Fitted<ShownActor>;
  done: number;
  unevenChannels: Fitted<ShownChannel>;
  locks: Fitted<ShownLock>;
};

export const shownFaultSchema: z.ZodType<ShownFault> = z.strictObject({
  dispatch: z.string(),
  fault: z.string(),
  chain: z
    .strictObject({
      actors: z.array(z.string()).describe('Each waits for the next.'),
      moreActors: z.int(),
      circle: z.boolean().describe('The last waits for the first again.'),
    })
    .nullable(),
  waiting: fittedSchema(z.strictObject({ actor: z.string(), waitsOn: z.string().nullable(), at: z.string() })),
  done: z.int().describe('Actors that have ended.'),
  unevenChannels: fittedSchema(
    z.strictObject({ name: z.string(), elementsPut: z.number(), elementsTaken: z.number() }),
  ).describe('Channels into which more was put than taken from them, or less.'),
  locks: fittedSchema(z.strictObject({ name: z.string(), place: z.string(), value: z.number() })),
});

/** A dispatch that hung: the root first, then who waits, those of the chain before the others. */
export function shownFault({ dispatch, fault, dump }: Extract<Failure, { readonly kind: 'runtime' }>): ShownFault {
  const { actors, chain, locks, channels } = dump;
  const root = new Set(chain?.actors ?? []);
  const waiting = actors.filter(({ state }) => state === 'waiting');
  const sorted = [...waiting].sort((a, b) => Number(root.has(b.actor)) - Number(root.has(a.actor)));
  return {
    ...{ dispatch: cleanName(dispatch), fault: cleanName(fault) },
    chain: chain
      ? {
          actors: chain.actors.slice(0, 20).map((actor) => cleanName(actor)),
          moreActors: Math.max(0, chain.actors.length - 20),
          circle: chain.circle,
        }
      : null,
    waiting: fitted(sorted.map(shownActor), 4000),
    done: actors.length - waiting.length,
    unevenChannels: fitted(
      channels
        .filter(({ elementsPut, elementsTaken }) => elementsPut !== elementsTaken)
        .map(({ name, elementsPut, elementsTaken }) => ({ name: cleanName(name), elementsPut, elementsTaken })),
      2000,
    ),
    locks: fitted(
      locks.map(({ name, place, value }) => ({ name: cleanName(name), place: cleanName(place), value })),
      1500,
    ),
  };
}

function shownActor({ actor, waitsOn, at }: ActorState): ShownActor {
  return { actor: cleanName(actor), waitsOn: waitsOn === null ? null : cleanName(waitsOn), at: cleanName(at) };
}
