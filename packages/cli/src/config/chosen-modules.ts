import { basename, dirname, resolve } from 'node:path';
import { type Agent, type Skill, type Target, TilewrightError } from '@tilewright/spec';
import { AGENTS, type AgentSetup, agentsFor, CLAUDE_AGENT, DEFAULT_AGENT } from '../modules/agents.ts';
import { type Loaded, loadModule } from '../modules/load-module.ts';
import { loadReplayedAgent, replayedTranscript } from '../modules/replayed-agent.ts';
import { loadSkills, SKILLS } from '../modules/skills.ts';
import { DEFAULT_TARGET, TARGETS } from '../modules/targets.ts';
import { CONFIG_FILES, type LoadedConfig, loadConfig } from './load-config.ts';

/**
 * The target of the flag; without one that of the configuration; else the default one. One that stands in the
 * configuration itself goes by the configuration's path. Throws `module-unknown`.
 */
export async function chosenTarget(flag: string | undefined, loaded: LoadedConfig): Promise<Loaded<Target>> {
  const { directory, file, config } = loaded;
  if (flag === undefined && typeof config.target === 'object') return { value: config.target, module: file as string };
  return namedTarget(flag ?? (config.target as string | undefined) ?? DEFAULT_TARGET, directory);
}

/** The agent, as `chosenTarget`. Throws `usage` where a model or effort is meant for another agent than claude. */
export async function chosenAgent(
  flag: string | undefined,
  loaded: LoadedConfig,
  setup: AgentSetup = { environment: {} },
): Promise<Loaded<Agent>> {
  const { directory, file, config } = loaded;
  const entry = flag ?? config.agent ?? DEFAULT_AGENT;
  if (entry !== CLAUDE_AGENT && (setup.model ?? setup.effort) !== undefined) {
    throw new TilewrightError(
      'usage',
      `--agent-model and --agent-effort are for --agent ${CLAUDE_AGENT}; the agent is ${typeof entry === 'string' ? entry : entry.id}.`,
      `Add --agent ${CLAUDE_AGENT}, or leave them out.`,
      { field: setup.model === undefined ? '--agent-effort' : '--agent-model' },
    );
  }
  return typeof entry === 'object' ? { value: entry, module: file as string } : namedAgent(entry, directory, setup);
}

/**
 * An agent by its name: built in, `replay:TRANSCRIPT`, or a module. Throws `module-unknown` and what a transcript
 * throws.
 */
export async function namedAgent(
  name: string,
  directory: string,
  setup: AgentSetup = { environment: {} },
): Promise<Loaded<Agent>> {
  const transcript = replayedTranscript(name);
  return transcript === null ? loadModule(agentsFor(setup), name, directory) : loadReplayedAgent(transcript, directory);
}

/** Whether an agent's name stands for one of our own, so that no code of anybody else is loaded for it. */
export function isNamedWithoutModule(name: string): boolean {
  return Object.hasOwn(AGENTS.builtIn, name) || replayedTranscript(name) !== null;
}

/** The built-in skills with those of the flags, or of the configuration where there is no flag. */
export async function chosenSkills(flags: readonly string[], loaded: LoadedConfig): Promise<readonly Loaded<Skill>[]> {
  return loadSkills(skillEntries(flags, loaded), loaded.directory);
}

/**
 * The skills of the flags, or of the configuration where there is no flag, as they are named: without the built-in
 * ones.
 */
export async function namedSkills(flags: readonly string[], loaded: LoadedConfig): Promise<readonly Loaded<Skill>[]> {
  return Promise.all(
    skillEntries(flags, loaded).map((skill) =>
      typeof skill === 'string' ? loadModule(SKILLS, skill, loaded.directory) : skill,
    ),
  );
}

/** A skill that stands in the configuration itself goes by the configuration's path. */
function skillEntries(flags: readonly string[], { file, config }: LoadedConfig): readonly (string | Loaded<Skill>)[] {
  const entries = flags.length > 0 ? flags : (config.skills ?? []);
  return entries.map((skill) => (typeof skill === 'object' ? { value: skill, module: file as string } : skill));
}

/**
 * One skill by its name: built in, installed, a package's directory or a file; or by its id, where the configuration
 * holds the skill itself. Throws `module-unknown`.
 */
export async function chosenSkill(name: string, { directory, file, config }: LoadedConfig): Promise<Loaded<Skill>> {
  for (const skill of config.skills ?? []) {
    if (typeof skill === 'object' && skill.id === name) return { value: skill, module: file as string };
  }
  return loadModule(SKILLS, name, directory);
}

/**
 * A target by the name that a flag or a deployment gives it: built in, a module, or a configuration that holds it.
 * Reads a configuration only in the last case, so that whoever judges runs no more than what was named.
 */
export async function namedTarget(name: string, directory: string): Promise<Loaded<Target>> {
  if (!isConfigFile(name)) return loadModule(TARGETS, name, directory);
  const { file, config } = await loadConfig(dirname(resolve(directory, name)));
  if (typeof config.target === 'object' && file !== null) return { value: config.target, module: file };
  throw new TilewrightError(
    'module-unknown',
    `${name} does not hold a target of its own.`,
    typeof config.target === 'string' ? `Name the target that it names: ${config.target}` : 'Name a target.',
    { file: name, field: 'target' },
  );
}

function isConfigFile(name: string): boolean {
  return (CONFIG_FILES as readonly string[]).includes(basename(name));
}
