import type { Program } from '@tilewright/spec';
import { kernelDefinition } from './lookup.ts';
import type { RowConfiguration } from './row-configuration.ts';

/**
 * The program of a published row, also of one that is known to fail: only tiles that do not make up the
 * shape are refused (throws `shape-unsupported`).
 */
export function rowProgram({ row, kernel, shape, config, adapt }: RowConfiguration): Program {
  const built = kernelDefinition(kernel).build(shape, config);
  return { specificationVersion: 'v1', name: row.id, ...(adapt === undefined ? built : adapt(built)) };
}
