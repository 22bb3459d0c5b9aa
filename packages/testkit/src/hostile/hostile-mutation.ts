import type { SeededRandom } from '@tilewright/spec';
import { hostileNumber, hostileText } from './hostile-values.ts';

/** The value with something in it changed: a number, a name, a field more or less, a list in another order. */
export function mutated(value: unknown, names: readonly string[], random: SeededRandom): unknown {
  if (typeof value === 'number') return random.pick([value + 1, value - 1, value * 2, hostileNumber(random)]);
  if (typeof value === 'string') return random.integer(0, 4) === 0 ? hostileText(random) : random.pick(names);
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return mutatedList(value, names, random);
  if (typeof value !== 'object' || value === null) return hostileNumber(random);
  const fields = Object.entries(value);
  const [chosen] = random.pick(fields.length > 0 ? fields : [['', null]]);
  switch (random.integer(0, 12)) {
    case 0:
      return Object.fromEntries(fields.filter(([name]) => name !== chosen));
    case 1:
      return { ...value, extra: hostileText(random) };
    default:
      return Object.fromEntries(
        fields.map(([name, inner]) => [name, name === chosen ? mutated(inner, names, random) : inner]),
      );
  }
}

function mutatedList(list: readonly unknown[], names: readonly string[], random: SeededRandom): unknown[] {
  const at = random.integer(0, Math.max(1, list.length));
  switch (random.integer(0, 7)) {
    case 0:
      return list.toReversed();
    case 1:
      return list.filter((_, index) => index !== at);
    case 2:
      return [...list, ...list];
    default:
      return list.map((item, index) => (index === at ? mutated(item, names, random) : item));
  }
}
