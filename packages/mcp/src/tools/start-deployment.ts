import type { Budget, Reviewer } from '@tilewright/spec';
import { budgetSchema } from '@tilewright/spec/schemas';
import { z } from 'zod';
import { type JobBrief, jobBriefSchema, jobView } from '../job/job-view.ts';
import { APPROVE_ALL } from '../job/review-desk.ts';
import type { DeploymentRequest } from '../service/tilewright-service.ts';
import { ACTS, type ServerTool, serverTool } from '../tool/server-tool.ts';
import { moduleBelow } from '../workspace/module-below.ts';
import type { WorkspaceAccess } from '../workspace/workspace-access.ts';
import { modelField, moduleField } from './fields.ts';
import { started } from './started.ts';

interface StartDeploymentInput {
  readonly model: string;
  readonly out: string;
  readonly target?: string | undefined;
  readonly agent: string;
  readonly skills: readonly string[];
  readonly prefillLength?: number | undefined;
  readonly contextLength?: number | undefined;
  readonly seed?: number | undefined;
  readonly budget?: Budget | undefined;
  readonly approve: 'ask' | 'all';
}

const REPLAY = 'replay:';

const input: z.ZodType<StartDeploymentInput> = z.strictObject({
  model: modelField,
  out: z
    .string()
    .min(1)
    .max(1000)
    .describe("Where the deployment goes, below the server's working directory: new, empty, or one to continue."),
  target: moduleField.optional().describe("A target's name. Default: the simulator of AMD XDNA 2."),
  agent: z
    .string()
    .regex(/^(rules|claude|guest|replay:.+)$/, "must be 'rules', 'claude', 'guest' or 'replay:FILE'")
    .default('rules')
    .describe(
      "Who decides: 'rules' (deterministic), 'claude' (a language model, with the user's own key and at their cost), 'guest' (you, through observe and the tools that decide), or 'replay:FILE' (a transcript below the working directory).",
    ),
  skills: z.array(moduleField).max(50).default([]).describe('Skills beside the built-in ones: packages or ./paths.'),
  prefillLength: z.int().min(1).max(1_048_576).optional().describe('The longest prompt that it takes. Default 128.'),
  contextLength: z.int().min(1).max(1_048_576).optional().describe('Prompt and generated tokens. Default 512.'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe('What the gates draw their inputs from. Default: that of the transcript, or 0.'),
  budget: budgetSchema.optional().describe('Limits per phase and in all; at one the phase ends with the best plan.'),
  approve: z
    .enum(['ask', 'all'])
    .default('ask')
    .describe("'ask': a human is asked after each phase. 'all': what passed its gate is approved."),
});

export const startDeployment: ServerTool = serverTool<StartDeploymentInput, JobBrief>({
  name: 'start_deployment',
  title: 'Start or continue a deployment',
  description:
    'Takes a model to a spatial NPU in gated phases (0 to 7), in the background, and returns a job at once: follow it with ' +
    'poll_job. In a directory that holds an unfinished deployment of the same model it goes on from there. A gate that does ' +
    'not pass is a result, not an error. With agent guest, you decide: observe, look, then call a tool that decides.',
  // It may fetch a model, and ask a language model.
  effects: { ...ACTS, openWorldHint: true },
  input,
  output: jobBriefSchema,
  run: async (given, call) => {
    const { service, jobs, workspaces } = call.state;
    const request = await deploymentRequest(given, workspaces);
    const job = jobs.start({
      kind: 'deployment',
      subject: given.model,
      directory: request.directory,
      guest: given.agent === 'guest',
      reviewed: given.approve === 'ask',
      run: (hooks, { guest, reviews }) => {
        const reviewer: Reviewer = reviews?.reviewer ?? APPROVE_ALL;
        return service.deploy(request, { ...hooks, reviewer, agent: guest?.agent ?? null });
      },
    });
    return started(jobView(job, 0));
  },
});

async function deploymentRequest(given: StartDeploymentInput, workspaces: WorkspaceAccess): Promise<DeploymentRequest> {
  const { agent } = given;
  const replay = agent.startsWith(REPLAY) ? await workspaces.below(agent.slice(REPLAY.length), 'agent') : null;
  return {
    model: given.model,
    directory: await workspaces.below(given.out, 'out'),
    target: given.target === undefined ? null : await moduleBelow(given.target, 'target', workspaces),
    agent: replay !== null ? { replay } : agent === 'guest' ? null : agent,
    skills: await Promise.all(given.skills.map((skill) => moduleBelow(skill, 'skills', workspaces))),
    prefillLength: given.prefillLength ?? null,
    contextLength: given.contextLength ?? null,
    seed: given.seed ?? null,
    budget: given.budget ?? null,
  };
}
