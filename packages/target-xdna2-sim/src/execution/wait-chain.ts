import type { WaitChain } from '@tilewright/spec';

/**
 * Follows who waits for whom to the root of a standstill: a circle where there is one, else the way
 * from the first that waits to one who waits for nobody, or for somebody who does not wait himself.
 * `waitsFor` has, for every actor that waits, those who could let him go on. Null where nobody waits.
 */
export function waitChain(waitsFor: ReadonlyMap<string, readonly string[]>): WaitChain | null {
  const done = new Set<string>();
  const path: string[] = [];

  const circleFrom = (actor: string): readonly string[] | null => {
    const at = path.indexOf(actor);
    if (at >= 0) return path.slice(at);
    if (done.has(actor)) return null;
    path.push(actor);
    for (const next of waitsFor.get(actor) ?? []) {
      const circle = circleFrom(next);
      if (circle !== null) return circle;
    }
    path.pop();
    done.add(actor);
    return null;
  };

  for (const actor of waitsFor.keys()) {
    const circle = circleFrom(actor);
    if (circle !== null) return { actors: circle, circle: true };
  }
  const actors: string[] = [];
  let actor = waitsFor.keys().next().value;
  while (actor !== undefined) {
    actors.push(actor);
    const next: readonly string[] = waitsFor.get(actor) ?? [];
    actor = next.find((one) => waitsFor.has(one)) ?? next[0];
  }
  return actors.length === 0 ? null : { actors, circle: false };
}

/** `core (0, 2) waits for shim 0 MM2S 0, which waits for core (0, 2) again`. */
export function chainText({ actors, circle }: WaitChain): string {
  const [first, ...rest] = actors;
  if (!circle && rest.length === 0) return `${first} waits for nobody who could move`;
  const names = circle ? [...rest, `${first} again`] : rest;
  const text = names.map((name, index) => `${index === 0 ? ' waits' : ', which waits'} for ${name}`).join('');
  return `${first}${text}`;
}
