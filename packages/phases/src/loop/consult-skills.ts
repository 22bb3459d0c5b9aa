import type { Finding, Proposal, Situation, Skill } from '@tilewright/spec';

export interface Advice {
  readonly proposals: readonly Proposal[];
  readonly findings: readonly Finding[];
}

/**
 * Asks every skill where it applies: optimisations for proposals, debug skills for causes. Skills are
 * anyone's code; one that throws is named and passed over.
 */
export function consultSkills(
  skills: readonly Skill[],
  situation: Situation,
  onFailure: (skill: string, reason: string) => void,
): Advice {
  const proposals: Proposal[] = [];
  const findings: Finding[] = [];
  for (const skill of skills) {
    try {
      for (const match of skill.match(situation)) {
        if (skill.kind === 'optimization') proposals.push(skill.propose(situation, match));
        else findings.push(skill.diagnose(situation, match));
      }
    } catch (error) {
      onFailure(skill.id, error instanceof Error ? error.message : String(error));
    }
  }
  return { proposals, findings };
}
