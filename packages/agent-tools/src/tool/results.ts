import type { Decision } from '@tilewright/spec';

/** A call that cannot be answered: what is wrong, and what to change. */
export interface Mistake {
  readonly kind: 'mistake';
  readonly problem: string;
}

export function mistake(problem: string): Mistake {
  return { kind: 'mistake', problem };
}

export function decided(decision: Decision): { readonly kind: 'decision'; readonly decision: Decision } {
  return { kind: 'decision', decision };
}

export function viewed<T>(value: T): { readonly kind: 'view'; readonly value: T } {
  return { kind: 'view', value };
}

export function isMistake(value: object): value is Mistake {
  return 'kind' in value && value.kind === 'mistake' && 'problem' in value;
}
