import type { Command } from 'commander';
import type { ReviewRequest } from '../commands/review.ts';
import { DEPLOYMENT_STATUS } from './deploy.ts';
import { withJson } from './json-option.ts';
import { each } from './parsers.ts';
import type { Runner } from './runner.ts';

interface ReviewFlags {
  readonly json?: boolean;
  readonly target?: string;
  readonly agent?: string;
  readonly skill?: readonly string[];
}

/** `approve DIR`, `reject DIR [REASON]`, `redirect DIR TEXT`: the answers to a deployment that waits. */
export function addReview(program: Command, run: Runner): void {
  const answer = (
    directory: string,
    review: ReviewRequest['review'],
    { json = false, skill = [], ...modules }: ReviewFlags,
  ): Promise<void> =>
    run({ json }, async (context) => {
      const { review: answerAndGoOn } = await import('../commands/review.ts');
      const { renderDeploy } = await import('../render/deploy.ts');
      const result = await answerAndGoOn({ directory, review, skills: skill, ...modules }, context);
      const wording = { command: context.surroundings.commandName, out: directory, model: result.modelDirectory };
      return {
        result,
        text: (style) => renderDeploy(result, wording, style),
        exitStatus: DEPLOYMENT_STATUS[result.status],
      };
    });

  withModules(program.command('approve <dir>'))
    .description('approve what a waiting deployment has passed, and go on to the next checkpoint')
    .action((directory: string, flags: ReviewFlags) => answer(directory, { kind: 'approve' }, flags));
  withModules(program.command('reject <dir> [reason]'))
    .description('reject the phase that a deployment waits with; it ends as failed')
    .action((directory: string, reason: string | undefined, flags: ReviewFlags) =>
      answer(directory, { kind: 'reject', reason: reason ?? 'no reason given' }, flags),
    );
  withModules(program.command('redirect <dir> <text>'))
    .description('send the phase back to the agent, with words that it gets')
    .action((directory: string, instruction: string, flags: ReviewFlags) =>
      answer(directory, { kind: 'redirect', instruction }, flags),
    );
}

function withModules(command: Command): Command {
  return withJson(command)
    .option('--target <name>', 'the target that the deployment was begun with, if it is not built in')
    .option('--agent <name>', 'the agent that goes on with it')
    .option('--skill <module>', 'a further skill; may be given several times', each);
}
