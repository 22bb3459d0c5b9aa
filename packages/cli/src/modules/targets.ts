import type { Target } from '@tilewright/spec';
import { lacksFunctions } from './lacks-functions.ts';
import type { ModuleKind } from './load-module.ts';

export const DEFAULT_TARGET = 'xdna2-sim';

export const TARGETS: ModuleKind<Target> = {
  noun: 'target',
  builtIn: {
    [DEFAULT_TARGET]: async () => (await import('@tilewright/target-xdna2-sim')).xdna2Simulator(),
  },
  lacks: (value) =>
    typeof value.id !== 'string'
      ? 'it has no id'
      : typeof value.device !== 'object' || value.device === null
        ? 'it has no device'
        : lacksFunctions(value, ['supports', 'compile', 'open']),
};
