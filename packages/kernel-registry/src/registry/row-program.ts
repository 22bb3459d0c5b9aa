import type { Program } from '@tilewright/spec';
import { kernelDefinition } from './lookup.ts';
import type { RowConfiguration } from './row-configuration.ts';

/**
 * The program of a published row, also of one that is known to fail: only tiles that do not make up the
 * shape are refused (throws `shape-unsupported`). It is submitted as the row says, if it says so.
 */
export function rowProgram({ row, kernel, shape, config, adapt }: RowConfiguration): Program {
  const built = kernelDefinition(kernel).build(shape, config);
  const content = adapt === undefined ? built : adapt(built);
  const path = row.output_format;
  const hostPath = path === 'elf' || path === 'xclbin' ? path : content.hostPath;
  return { specificationVersion: 'v1', name: row.id, ...content, hostPath };
}
