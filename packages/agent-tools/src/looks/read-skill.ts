import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { nameList } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';
import { NO_SKILL_TEXTS } from './list-skills.ts';

/** Characters of a SKILL.md that are shown. */
const LONGEST_TEXT = 16_000;

export const readSkill: AgentTool = lookTool({
  name: 'read_skill',
  title: 'Read a skill',
  description:
    'The whole text of one skill: when it applies, what to change, what not to do, how to see whether it worked. Knowledge ' +
    'to use with judgement; it cannot change what gates ask for.',
  input: z.strictObject({ skill: z.string().min(1).max(200).describe('The id of a skill.') }),
  output: z.strictObject({ id: z.string(), kind: z.enum(['optimization', 'debug']), text: z.string() }),
  run: ({ skill: id }, { instruments }) => {
    if (instruments === null) return mistake(NO_SKILL_TEXTS);
    const { skills } = instruments;
    const found = skills.find((skill) => skill.id === id) ?? skills.find((skill) => cleanName(skill.id) === id);
    if (found === undefined) {
      const ids = nameList(
        skills.map((skill) => cleanName(skill.id)),
        40,
      );
      return mistake(`There is no skill ${cleanName(id)}. Skills: ${ids}.`);
    }
    const text = quoteUntrusted(`skill ${found.id}`, found.doc, LONGEST_TEXT);
    return viewed({ id: cleanName(found.id), kind: found.kind, text });
  },
});
