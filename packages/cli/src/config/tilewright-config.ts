import type { Agent, Budget, Skill, Target } from '@tilewright/spec';

/**
 * What `tilewright.config.ts` (or .mjs, .js) in the working directory exports by default. Each is a built-in name,
 * a package installed there, a path that starts with `./`, or the thing itself. A flag takes the place of its field.
 */
export interface TilewrightConfig {
  readonly target?: string | Target;
  readonly agent?: string | Agent;
  /** Beside the built-in ones. */
  readonly skills?: readonly (string | Skill)[];
  /** What the agent may use, in each phase and in all. Each flag takes the place of its own limit. */
  readonly budget?: Budget;
}

/** Returns what it is given: for the editor to know what may stand in a configuration. */
export function defineConfig(config: TilewrightConfig): TilewrightConfig {
  return config;
}
