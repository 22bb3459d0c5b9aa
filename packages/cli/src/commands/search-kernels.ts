import { type KernelQuery, type KernelRanking, TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import type { CommandContext } from '../command-context.ts';
import { registrySearch } from './registry-search.ts';

/** How many configurations are estimated at most: an answer is waited for. */
const ESTIMATED = 1000;
const MOST_LISTED = 100;

/** Larger than any model's. Agents are strangers, and a search without bounds takes all time and memory. */
const LARGEST_DIMENSION = 2 ** 18;
const LARGEST: Readonly<Record<string, number>> = { elements: 2 ** 26, partitions: 64 };

const querySchema = z
  .strictObject({
    kernel: z.string().max(200),
    shape: z.record(z.string(), z.number().min(0)),
    fixed: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    top: z.int().min(1).max(MOST_LISTED),
  })
  .superRefine(({ shape }, context) => {
    for (const [name, size] of Object.entries(shape)) {
      const largest = LARGEST[name] ?? LARGEST_DIMENSION;
      if (size > largest)
        context.addIssue({ code: 'custom', path: ['shape', name], message: `is at most ${largest} here` });
    }
  });

/**
 * The registry's search as an agent asks for it: by the simulator, and without what gives up accuracy for time. Throws
 * `usage`, `kernel-unknown` and `shape-unsupported`.
 */
export async function searchKernels(query: KernelQuery, context: CommandContext): Promise<KernelRanking> {
  const { kernel, shape, fixed = {}, top } = requireQuery(query);
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

function requireQuery(query: KernelQuery): z.infer<typeof querySchema> {
  const parsed = querySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TilewrightError(
    'usage',
    `A search of the registry has an unusable ${issue?.path.join('.') || 'query'}: ${issue?.message}.`,
    `Name a kernel, its shape in numbers of the size of a model's, and how many to list: 1 to ${MOST_LISTED}.`,
    { field: issue?.path.join('.') ?? '' },
  );
}
