import { z } from 'zod';

/*
 * What Codex asks of the files of a plugin, in our words. Found with codex-cli 0.169.0: `codex plugin marketplace
 * add`, `codex plugin add`, and `plugin/read`, `plugin/list`, `skills/list` of `codex app-server`, which were given
 * these files and changed ones. Codex ignores much of what breaks a rule and says so in its log alone; here it is
 * refused. Of the interface, the fields are those of its generated protocol (`codex app-server generate-ts`,
 * PluginInterface).
 */

/** A path within the plugin, or of the plugin within the marketplace. */
const path = z.string().regex(/^\.\/(?!.*(?:^|\/)\.\.(?:\/|$))/);
const identifier = z.string().regex(/^[A-Za-z0-9_-]+$/);

export const codexPluginRules: z.ZodType = z.strictObject({
  name: identifier,
  version: z.string().regex(/^(?!.*\.\.)[A-Za-z0-9.+_-]+$/),
  description: z.string().min(1),
  author: z.strictObject({ name: z.string().min(1) }),
  license: z.string().optional(),
  keywords: z.array(z.string()),
  skills: path,
  mcpServers: path,
  interface: z.strictObject({
    displayName: z.string().min(1),
    shortDescription: z.string().min(1),
    longDescription: z.string().min(1),
    developerName: z.string().min(1),
    category: z.string().min(1),
    capabilities: z.array(z.string()),
    defaultPrompt: z.array(z.string().min(1).max(512)).max(3),
  }),
});

export const codexMarketplaceRules: z.ZodType = z.strictObject({
  name: identifier,
  interface: z.strictObject({ displayName: z.string().min(1) }),
  plugins: z
    .array(
      z.strictObject({
        name: identifier,
        source: z.strictObject({ source: z.literal('local'), path }),
        policy: z.strictObject({
          installation: z.enum(['NOT_AVAILABLE', 'AVAILABLE', 'INSTALLED_BY_DEFAULT']),
          authentication: z.enum(['ON_INSTALL', 'ON_USE']),
        }),
        category: z.string().min(1),
      }),
    )
    .min(1),
});

export const codexServersRules: z.ZodType = z.strictObject({
  mcpServers: z.record(
    identifier,
    z.strictObject({ command: z.string().min(1), args: z.array(z.string()), startup_timeout_sec: z.number().positive() }),
  ),
});

/**
 * The fields that `quick_validate.py` of the skill `skill-creator`, which Codex installs by itself, lets a SKILL.md
 * have.
 */
export const CODEX_SKILL_FIELDS: readonly string[] = ['name', 'description', 'license', 'allowed-tools', 'metadata'];
