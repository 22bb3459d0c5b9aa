import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';

export const NO_SKILL_TEXTS =
  'The texts of the skills cannot be read here; what the skills propose is in list_proposals.';

export const listSkills: AgentTool = lookTool({
  name: 'list_skills',
  title: 'List the skills',
  description: 'The skills of this deployment: id, kind and description. read_skill shows the whole text of one.',
  input: z.strictObject({}),
  output: z.strictObject({
    skills: fittedSchema(
      z.strictObject({ id: z.string(), kind: z.enum(['optimization', 'debug']), description: z.string() }),
    ),
  }),
  run: (_, { instruments }) => {
    if (instruments === null) return mistake(NO_SKILL_TEXTS);
    const skills = instruments.skills.map(({ id, kind, description }) => ({
      ...{ id: cleanName(id), kind },
      description: quoteUntrusted(`skill ${id}`, description, 1100),
    }));
    return viewed({ skills: fitted(skills, 16_000) });
  },
});
