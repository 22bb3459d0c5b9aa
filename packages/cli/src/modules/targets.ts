import type { MatrixEngine, Target } from '@tilewright/spec';
import { allowedEngines } from '../model/with-oracle-engine.ts';
import { lacksFunctions } from './lacks-functions.ts';
import type { ModuleKind } from './load-module.ts';

export const DEFAULT_TARGET = 'xdna2-sim';

export const TARGETS: ModuleKind<Target> = {
  noun: 'target',
  builtIn: {
    [DEFAULT_TARGET]: async () =>
      (await import('@tilewright/target-xdna2-sim')).xdna2Simulator({ engine: simulatorEngine }),
  },
  lacks: (value) =>
    typeof value.id !== 'string'
      ? 'it has no id'
      : typeof value.device !== 'object' || value.device === null
        ? 'it has no device'
        : lacksFunctions(value, ['supports', 'compile', 'open']),
};

let opened: Promise<MatrixEngine | null> | undefined;

/** What multiplies for every simulator of this process; opened by the first that runs numbers. */
function simulatorEngine(): Promise<MatrixEngine | null> {
  opened ??= (async () => {
    const { openMatrixEngine } = await import('@tilewright/oracle');
    return (await openMatrixEngine({ engines: allowedEngines({ environment: process.env }) })).engine;
  })();
  return opened;
}
