import { TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import { cleanData, cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';

const config = z.record(z.string().min(1).max(200), z.union([z.number(), z.string().max(200), z.boolean()]));
/** What a query asked wrongly, as opposed to what is broken. */
const ASKED_WRONGLY: ReadonlySet<string> = new Set(['kernel-unknown', 'shape-unsupported', 'usage', 'plan-invalid']);

export const searchKernels: AgentTool = lookTool({
  name: 'search_kernels',
  title: 'Search the kernel registry',
  description:
    'Ranks the configurations of a registry kernel at a shape, the fastest by estimate first, with published measurements ' +
    'where there are any. Names and shapes of the kernels in use are in show_plan. Use a configuration with set-kernel.',
  input: z.strictObject({
    kernel: z.string().min(1).max(200).describe('The name of a registry kernel.'),
    shape: z
      .record(z.string().min(1).max(200), z.number())
      .describe("The kernel's own names: {m, k, n}, {rows, width}, …"),
    fixed: config.exactOptional().describe('Settings that are decided already.'),
    top: z.int().min(1).max(50).exactOptional().describe('How many to list; default 8.'),
  }),
  output: z.strictObject({
    kernel: z.string(),
    shape: z.record(z.string(), z.number()),
    configurations: fittedSchema(
      z.strictObject({
        config: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
        estimatedUs: z.number(),
        boundBy: z.string(),
        publishedRow: z.strictObject({ id: z.string(), us: z.number() }).nullable(),
      }),
    ),
  }),
  run: async ({ kernel, shape, fixed, top = 8 }, { instruments, signal }) => {
    const search = instruments?.searchKernels;
    if (search === undefined) {
      return mistake(
        'The kernel registry cannot be searched here: take configurations from show_plan, and preview them.',
      );
    }
    try {
      const ranking = await search({ kernel, shape, top, ...(fixed ? { fixed } : {}) }, signal);
      const configurations = ranking.configurations.slice(0, top).map((one) => ({
        config: cleanData({ ...one.config }),
        estimatedUs: Math.round(one.estimatedUs * 1000) / 1000,
        boundBy: cleanName(one.boundBy),
        publishedRow:
          one.publishedRow === null ? null : { id: cleanName(one.publishedRow.id), us: one.publishedRow.us },
      }));
      return viewed({
        kernel: cleanName(ranking.kernel),
        shape: cleanData({ ...ranking.shape }),
        configurations: fitted(configurations, 16_000),
      });
    } catch (error) {
      if (!TilewrightError.isInstance(error) || !ASKED_WRONGLY.has(error.code)) throw error;
      return mistake(
        `The registry cannot answer: ${quoteUntrusted('registry', `${error.message} ${error.remedy}`, 1500)}`,
      );
    }
  },
});
