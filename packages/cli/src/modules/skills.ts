import type { Skill } from '@tilewright/spec';
import { lacksFunctions } from './lacks-functions.ts';
import type { ModuleKind } from './load-module.ts';

/** Skills of which none is chosen by name alone yet: all built-in ones take part. */
export const SKILLS: ModuleKind<Skill> = {
  noun: 'skill',
  builtIn: {},
  lacks: (value) =>
    typeof value.id !== 'string'
      ? 'it has no id'
      : value.kind === 'optimization'
        ? lacksFunctions(value, ['match', 'propose'])
        : value.kind === 'debug'
          ? lacksFunctions(value, ['match', 'diagnose'])
          : 'its kind is neither optimization nor debug',
};
