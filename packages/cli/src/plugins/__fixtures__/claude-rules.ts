import { z } from 'zod';

/*
 * What Claude Code asks of the files of a plugin, in our words. Found by `claude plugin validate --strict` of
 * versions 2.1.197 and 2.1.330, which were given these files and changed ones; the field names also by the schemas
 * claude-code-plugin-manifest.json and claude-code-marketplace.json of schemastore.org. Unknown fields are refused
 * here because --strict refuses them.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name may not have.
const name = z.string().regex(/^[^\s\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]+$/);
const author = z.strictObject({ name: z.string().min(1), email: z.string().optional(), url: z.string().optional() });

export const claudePluginRules: z.ZodType = z.strictObject({
  $schema: z.string().optional(),
  name,
  displayName: z.string().optional(),
  version: z.string().optional(),
  description: z.string().min(1),
  author,
  homepage: z.url().optional(),
  repository: z.string().optional(),
  license: z.string().optional(),
  keywords: z.array(z.string()).optional(),
});

export const claudeMarketplaceRules: z.ZodType = z.strictObject({
  $schema: z.string().optional(),
  // Also its directory: no separators, and nothing that leads out.
  name: name.regex(/^(?!\.$)(?!.*\.\.)[^/\\]+$/).regex(/^(?!.*(?:claude|anthropic))/i),
  description: z.string().min(1),
  owner: author,
  plugins: z
    .array(
      z.strictObject({
        name,
        source: z.string().regex(/^\.\/(?!.*\.\.)/),
        description: z.string().optional(),
        version: z.string().optional(),
        category: z.string().optional(),
        keywords: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

export const claudeServersRules: z.ZodType = z.strictObject({
  mcpServers: z.record(
    z.string().regex(/^[A-Za-z0-9_-]+$/),
    z.strictObject({ command: z.string().min(1), args: z.array(z.string()) }),
  ),
});
