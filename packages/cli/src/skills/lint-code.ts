import { pathToFileURL } from 'node:url';
import { applyEdits } from '@tilewright/kernel-registry';
import type { DebugSkill, OptimizationSkill, Situation, Skill } from '@tilewright/spec';
import { TilewrightError } from '@tilewright/spec';
import {
  type ConformanceCase,
  debugSkillConformance,
  optimizationSkillConformance,
  type SkillTrial,
} from '@tilewright/testkit';
import type { CommandContext } from '../command-context.ts';
import { loadModule } from '../modules/load-module.ts';
import { SKILLS } from '../modules/skills.ts';
import { emptySituation, ourSituations } from './lint-situations.ts';
import type { SkillPackage } from './module-entry.ts';

export interface CodeLint {
  readonly entry: string | null;
  readonly id: string | null;
  readonly kind: Skill['kind'] | null;
  /** Whose situations the skill was tried on: its own trial, or a small model's of ours; null if on none. */
  readonly situations: 'own' | 'ours' | null;
  /** Cases of the contract's conformance suite that were run. */
  readonly cases: number;
  readonly faults: readonly string[];
}

type Trial = Pick<SkillTrial<Skill>, 'applies' | 'doesNotApply' | 'applyEdits'>;

/** Loads the skill of a package and runs the conformance suite of its kind on it. */
export async function lintCode(found: SkillPackage, document: string, context: CommandContext): Promise<CodeLint> {
  const nothing: CodeLint = { entry: found.entry, id: null, kind: null, situations: null, cases: 0, faults: [] };
  if (found.entry === null) {
    return { ...nothing, faults: ['package.json names no module that exists: set exports, or main'] };
  }
  let skill: Skill;
  try {
    skill = (await loadModule(SKILLS, found.entry, found.directory)).value;
  } catch (error) {
    return { ...nothing, faults: [messageOf(error)] };
  }
  const { id, kind } = skill;
  const faults = skill.doc === document ? [] : ['the doc of the skill is not the text of its SKILL.md'];
  let trial: Trial | null;
  try {
    trial = found.trial === null ? await ourTrial(skill, context.signal) : await ownTrial(found.trial);
  } catch (error) {
    return { ...nothing, id, kind, faults: [...faults, messageOf(error)] };
  }
  if (trial === null) {
    return { ...nothing, id, kind, faults: [...faults, noSituations(kind)] };
  }
  const cases = suiteOf(skill, { applyEdits, ...trial });
  for (const one of cases) {
    const reason = await one.run().then(() => null, messageOf);
    if (reason !== null) faults.push(`${one.name}: ${reason}`);
  }
  const situations = found.trial === null ? 'ours' : 'own';
  return { entry: found.entry, id, kind, situations, cases: cases.length, faults };
}

function suiteOf(skill: Skill, trial: Trial): readonly ConformanceCase[] {
  return skill.kind === 'optimization'
    ? optimizationSkillConformance({ skill, ...trial } satisfies SkillTrial<OptimizationSkill>)
    : debugSkillConformance({ skill, ...trial } satisfies SkillTrial<DebugSkill>);
}

/** What the module named by `tilewright.trial` exports. */
async function ownTrial(file: string): Promise<Trial> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const situations = (name: 'applies' | 'doesNotApply'): readonly Situation[] => {
    const exported = module[name];
    if (Array.isArray(exported)) return exported;
    throw new TypeError(`${file} exports no array ${name}`);
  };
  const trial = { applies: situations('applies'), doesNotApply: situations('doesNotApply') };
  return typeof module.applyEdits === 'function'
    ? { ...trial, applyEdits: module.applyEdits as typeof applyEdits }
    : trial;
}

/** Situations of ours in which the skill finds something; null if there are none. */
async function ourTrial(skill: Skill, signal: AbortSignal): Promise<Trial | null> {
  const applies = (await ourSituations(signal)).filter((situation) => skill.match(situation).length > 0);
  return applies.length === 0 ? null : { applies, doesNotApply: [emptySituation()] };
}

function noSituations(kind: Skill['kind']): string {
  const reason =
    kind === 'debug'
      ? 'a debug skill needs failures to look at'
      : 'it finds nothing in the naive plan of a small model';
  return `${reason}: export applies and doesNotApply from a module, and name it in package.json as tilewright.trial`;
}

function messageOf(error: unknown): string {
  if (TilewrightError.isInstance(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
