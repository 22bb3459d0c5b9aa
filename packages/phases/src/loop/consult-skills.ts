import type { Finding, PlanEdit, Proposal, Situation, Skill } from '@tilewright/spec';
import { planEditSchema } from '@tilewright/spec/schemas';
import { thrownText } from '../transcript/plain-json.ts';
import { frozenCopy } from './frozen-copy.ts';

export interface Advice {
  readonly proposals: readonly Proposal[];
  readonly findings: readonly Finding[];
  /** Skills that threw, and what. */
  readonly broken: readonly { readonly skill: string; readonly reason: string }[];
}

/**
 * Asks every skill where it applies: optimisations for proposals, debug skills for causes. Skills are
 * anyone's code; one that throws, or returns what is no proposal or finding, is named and passed over.
 */
export function consultSkills(skills: readonly Skill[], situation: Situation): Advice {
  const proposals: Proposal[] = [];
  const findings: Finding[] = [];
  const broken: { skill: string; reason: string }[] = [];
  for (const skill of skills) {
    try {
      for (const match of skill.match(situation)) {
        if (skill.kind === 'optimization') proposals.push(frozenCopy(checkedProposal(skill.propose(situation, match))));
        else findings.push(frozenCopy(checkedFinding(skill.diagnose(situation, match))));
      }
    } catch (error) {
      broken.push({ skill: skill.id, reason: thrownText(error) });
    }
  }
  return { proposals, findings, broken };
}

/** A finding in one line. */
export function findingLine({ skill, cause }: Finding): string {
  return `${skill}: ${cause}`;
}

/** A proposal as plain data of our own. Throws where it is none. */
function checkedProposal(given: Proposal): Proposal {
  const { id, skill, summary, edits, expectedGainUs, safety } = given;
  requireText('proposal', { id, skill, summary, safety });
  if (expectedGainUs !== null && typeof expectedGainUs !== 'number') {
    throw new TypeError('the expectedGainUs of a proposal is neither a number nor null');
  }
  return { id, skill, summary, edits: checkedEdits(edits), expectedGainUs, safety };
}

function checkedFinding(given: Finding): Finding {
  const { skill, cause, evidence, edits } = given;
  requireText('finding', { skill, cause, ...evidence });
  return { skill, cause, evidence: [...evidence], edits: checkedEdits(edits) };
}

function checkedEdits(edits: readonly PlanEdit[]): PlanEdit[] {
  return edits.map((edit, index) => {
    const parsed = planEditSchema.safeParse(edit);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new TypeError(`edits[${index}] that it proposes is none: ${issue?.path.join('.')}: ${issue?.message}`);
  });
}

function requireText(what: string, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') throw new TypeError(`the ${name} of a ${what} is no text`);
  }
}
