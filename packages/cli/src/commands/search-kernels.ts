import type { KernelQuery, KernelRanking } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { registrySearch } from './registry-search.ts';

/** How many configurations are estimated at most: an answer is waited for. */
const ESTIMATED = 1000;

/** The registry's search as an agent asks for it: by the simulator, and without what gives up accuracy for time. */
export async function searchKernels(query: KernelQuery, context: CommandContext): Promise<KernelRanking> {
  const { kernel, shape, fixed = {}, top } = query;
  const request = { kernel, shape, fixed, anyPrecision: false, top, limit: ESTIMATED };
  const found = await registrySearch(request, context);
  return {
    kernel: found.kernel,
    shape: found.paddedTo ?? found.shape,
    configurations: found.configurations.map(({ config, estimatedUs, boundBy, row }) => ({
      ...{ config, estimatedUs, boundBy },
      publishedRow: row === null || row.publishedUs === null ? null : { id: row.id, us: row.publishedUs },
    })),
  };
}
