import type { Finding, Proposal, Situation, Skill } from '@tilewright/spec';

export interface Advice {
  readonly proposals: readonly Proposal[];
  readonly findings: readonly Finding[];
  /** Skills that threw, and what. */
  readonly broken: readonly { readonly skill: string; readonly reason: string }[];
}

/**
 * Asks every skill where it applies: optimisations for proposals, debug skills for causes. Skills are
 * anyone's code; one that throws is named and passed over.
 */
export function consultSkills(skills: readonly Skill[], situation: Situation): Advice {
  const proposals: Proposal[] = [];
  const findings: Finding[] = [];
  const broken: { skill: string; reason: string }[] = [];
  for (const skill of skills) {
    try {
      for (const match of skill.match(situation)) {
        if (skill.kind === 'optimization') proposals.push(skill.propose(situation, match));
        else findings.push(skill.diagnose(situation, match));
      }
    } catch (error) {
      broken.push({ skill: skill.id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { proposals, findings, broken };
}

/** A finding in one line. */
export function findingLine({ skill, cause }: Finding): string {
  return `${skill}: ${cause}`;
}
