import type { KernelQuery, KernelRanking } from '@tilewright/spec';
import { z } from 'zod';
import { LOOKS, type ServerTool, serverTool } from '../tool/server-tool.ts';

const setting = z.union([z.string(), z.number(), z.boolean()]);

export const registrySearch: ServerTool = serverTool<KernelQuery, KernelRanking>({
  name: 'registry_search',
  title: 'Rank configurations of a kernel',
  description:
    'Ranks the legal configurations of a registry kernel at a shape by estimated time, the fastest first, with the published ' +
    'measurement of exactly that configuration where there is one. The resource tilewright://registry/kernels lists kernels.',
  effects: LOOKS,
  input: z.strictObject({
    kernel: z.string().min(1).max(100).describe("The registry's name, such as gemm."),
    shape: z
      .record(z.string().max(40), z.int().min(1).max(0x7fffffff))
      .describe('By the names of that kernel, such as { "m": 2048, "k": 2048, "n": 8192 }.'),
    fixed: z.record(z.string().max(60), setting).exactOptional().describe('Settings that are decided already.'),
    top: z.int().min(1).max(50).default(5).describe('How many to list.'),
  }),
  output: z.object({
    kernel: z.string(),
    shape: z.record(z.string(), z.number()),
    configurations: z.array(
      z.object({
        config: z.record(z.string(), setting),
        estimatedUs: z.number(),
        boundBy: z.string(),
        publishedRow: z.object({ id: z.string(), us: z.number() }).nullable(),
      }),
    ),
  }),
  run: async (query, { state, request }) => {
    const ranking = await state.service.searchKernels(query, request.signal);
    const lines = ranking.configurations.map(({ config, estimatedUs, boundBy, publishedRow }, index) => {
      const published =
        publishedRow === null ? '' : `, published ${publishedRow.us.toFixed(1)} µs (${publishedRow.id})`;
      return `${index + 1}. ${estimatedUs.toFixed(1)} µs estimated, bound by ${boundBy}${published}: ${JSON.stringify(config)}`;
    });
    const head = `${ranking.kernel} at ${JSON.stringify(ranking.shape)}: ${lines.length} configurations.`;
    return { data: ranking, text: [head, ...lines].join('\n') };
  },
});
