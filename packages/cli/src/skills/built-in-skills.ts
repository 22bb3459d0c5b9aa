import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEBUG_SKILLS } from '@tilewright/skills-debug';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import { packageInfo } from '../package-info.ts';

export type SkillKind = 'orchestrator' | 'phase' | 'optimization' | 'debug';

/** One of the fifteen skills of arXiv 2606.07586, Table I, or `kernel-fusion`, which is not among them. */
export interface BuiltInSkill {
  readonly name: string;
  readonly kind: SkillKind;
  /** The text of its SKILL.md. */
  readonly document: string;
  /** Whether it has code too, which a deployment consults. */
  readonly code: boolean;
  /** A file of ours, or the package that carries it. */
  readonly where: string;
}

/** Skills that are a document and nothing else: what they say is done with the command line. */
const DOCUMENTS: readonly (readonly [name: string, kind: SkillKind])[] = [
  ['deploy-llm-on-npu', 'orchestrator'],
  ['phase-0-build-oracle', 'phase'],
  ['phase-1-validate-kernels', 'phase'],
  ['phase-2-validate-blocks', 'phase'],
  ['phase-3-validate-model', 'phase'],
  ['phase-4-optimize-prefill', 'phase'],
  ['phase-5-optimize-decode', 'phase'],
  ['phase-6-finalize-and-learn', 'phase'],
  ['phase-7-evaluate', 'phase'],
];

/** All sixteen: the orchestrator, the phases in order, then those with code. */
export async function builtInSkills(): Promise<readonly BuiltInSkill[]> {
  const documents = await Promise.all(
    DOCUMENTS.map(async ([name, kind]): Promise<BuiltInSkill> => {
      const where = join(packageInfo().directory, 'skills', name, 'SKILL.md');
      return { name, kind, document: await readFile(where, 'utf8'), code: false, where };
    }),
  );
  const coded = (['optimization', 'debug'] as const).flatMap((kind) => {
    const [skills, where] =
      kind === 'optimization'
        ? ([OPTIMIZATION_SKILLS, '@tilewright/skills-opt'] as const)
        : ([DEBUG_SKILLS, '@tilewright/skills-debug'] as const);
    return skills.map(({ id, doc }): BuiltInSkill => ({ name: id, kind, document: doc, code: true, where }));
  });
  return [...documents, ...coded];
}
