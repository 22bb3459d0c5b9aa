import type { Json, KernelReference } from '@tilewright/spec';
import { cleanData, cleanName } from '../text/clean-text.ts';

/** A kernel without the body of its Program. */
export function kernelSummary(kernel: KernelReference): { readonly [name: string]: Json } {
  if (kernel.origin === 'authored') {
    const { program } = kernel;
    return {
      origin: 'authored',
      name: cleanName(kernel.name),
      arguments: program.arguments.slice(0, 20).map(({ name, format, elements, access }) => ({
        ...{ name: cleanName(name), format, elements, access },
      })),
      programCharacters: JSON.stringify(program).length,
    };
  }
  const { name, version, shape, config, basis } = kernel;
  return {
    ...{ origin: 'registry', name: cleanName(name), version },
    ...{ shape: cleanData({ ...shape }), config: cleanData({ ...config }) },
    basis: basis.kind === 'row' ? `row ${cleanName(basis.row)}` : basis.kind,
  };
}
