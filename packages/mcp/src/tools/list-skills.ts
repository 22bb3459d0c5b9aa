import { quoteUntrusted } from '@tilewright/agent-tools';
import { TilewrightError } from '@tilewright/spec';
import { z } from 'zod';
import { skillUri } from '../resources/skill-resources.ts';
import { LOOKS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { jobField } from './fields.ts';

interface ListedSkill {
  readonly name: string;
  readonly kind: 'orchestrator' | 'phase' | 'optimization' | 'debug';
  readonly description: string;
  /** Where its SKILL.md is to be read. */
  readonly resource: string;
}

interface ListSkillsOutput {
  readonly skills: readonly ListedSkill[];
}

export const listSkills: ServerTool = serverTool<{ readonly job?: string | undefined }, ListSkillsOutput>({
  name: 'list_skills',
  title: 'List skills',
  description:
    'The skills that are installed: what each does and when to use it, and where its text is to be read. With a job in which ' +
    'you decide, those that it consults: read_skill shows their texts.',
  effects: LOOKS,
  input: z.strictObject({ job: jobField.optional() }),
  output: z.object({
    skills: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['orchestrator', 'phase', 'optimization', 'debug']),
        description: z.string(),
        resource: z.string(),
      }),
    ),
  }),
  run: async ({ job }, { state }) => {
    const consulted = job === undefined ? null : state.jobs.get(job).guest?.waiting()?.instruments?.skills;
    if (consulted === undefined) {
      throw new TilewrightError(
        'usage',
        `No observation of ${job} waits that would say which skills it consults.`,
        'Leave job out for all that are installed.',
      );
    }
    const found = consulted?.map(({ id, ...skill }) => ({ ...skill, name: id })) ?? (await state.service.skills());
    const skills = found.map(({ name, kind, description }) => {
      return { name, kind, description: quoteUntrusted(`skill ${name}`, description, 1100), resource: skillUri(name) };
    });
    const text = skills.map(({ name, kind, description }) => `${name} (${kind}): ${description}`).join('\n');
    return { data: { skills }, text };
  },
});
