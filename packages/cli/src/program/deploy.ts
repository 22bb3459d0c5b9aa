import type { Effort } from '@tilewright/agent-claude';
import type { ReferenceChoice } from '@tilewright/phases';
import type { DeploymentManifest } from '@tilewright/spec';
import { type Command, Option } from 'commander';
import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts';
import { DEFAULT_AGENT } from '../modules/agents.ts';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { done } from '../outcome.ts';
import type { Surroundings } from '../terminal/surroundings.ts';
import { type BudgetFlags, budgetOf, withBudget } from './budget-flags.ts';
import { withJson } from './json-option.ts';
import { each, whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface DeployFlags extends BudgetFlags {
  readonly json?: boolean;
  readonly out: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly target?: string;
  readonly agent?: string;
  readonly replay?: string;
  readonly agentModel?: string;
  readonly agentEffort?: Effort;
  readonly skill?: readonly string[];
  readonly seed?: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  readonly reference: ReferenceChoice['kind'];
}

export const DEPLOYMENT_STATUS: Readonly<Record<DeploymentManifest['status'], ExitStatus>> = {
  accepted: EXIT_STATUS.done,
  'not-accepted': EXIT_STATUS.notPassed,
  failed: EXIT_STATUS.notPassed,
  waiting: EXIT_STATUS.waiting,
  // Neither is an end: whoever sees one of them has found a bug.
  running: EXIT_STATUS.internal,
  deployed: EXIT_STATUS.internal,
};

export function addDeploy(program: Command, run: Runner): void {
  const command = withJson(program.command('deploy <model>'))
    .description('take a model through its phases, have it judged, and generate some text')
    .requiredOption('--out <dir>', 'where the deployment goes: new, empty, or one to continue')
    .option('--yes', 'approve every phase whose gate has passed')
    .option('--dry-run', 'check the input, plan and compile; write nothing')
    .option('--target <name>', `target: a built-in name or a module (default: ${DEFAULT_TARGET})`)
    .option('--agent <name>', `agent: a built-in name or a module (default: ${DEFAULT_AGENT})`)
    .option('--replay <transcript>', 'decide again what a transcript.jsonl says, in place of an agent')
    .option('--agent-model <model>', 'model of the agent claude, as the Messages API names it')
    .addOption(
      new Option('--agent-effort <level>', 'how much the model of the agent claude puts into an answer').choices([
        ...['low', 'medium', 'high', 'xhigh', 'max'],
      ]),
    )
    .option('--skill <module>', "a further skill: a module or a package's directory; may be given several times", each);
  withBudget(command)
    .option('--seed <number>', 'what the gates draw their inputs from (default: 0)', whole(0, 2 ** 32 - 1))
    .option('--prefill-length <tokens>', 'the longest prompt that it takes (default: 128)', whole(1))
    .option('--context-length <tokens>', 'prompt and generated tokens together (default: 512)', whole(1))
    .addOption(
      new Option(
        '--reference <what>',
        'what the oracle is held against: transformers and the golden file where they are there',
      )
        .choices(['auto', 'transformers', 'golden', 'none'])
        .default('auto'),
    )
    .action((model: string, { json = false, skill = [], yes = false, dryRun = false, ...flags }: DeployFlags) =>
      run({ json }, async (context) => {
        const { surroundings } = context;
        const interactive = !json && isTerminal(surroundings);
        const budget = budgetOf(flags);
        const request = { ...flags, model, yes, interactive, skills: skill, ...(budget && { budget }) };
        if (dryRun) {
          const { dryRun: look } = await import('../commands/dry-run.ts');
          const { renderDryRun } = await import('../render/dry-run.ts');
          const found = await look(request, context);
          return done(found, (style) => renderDryRun(found, style));
        }
        const { deploy } = await import('../commands/deploy.ts');
        const { renderDeploy } = await import('../render/deploy.ts');
        const result = await deploy(request, context);
        const wording = { command: surroundings.commandName, out: flags.out, model };
        return {
          result,
          text: (style) => renderDeploy(result, wording, style),
          exitStatus: DEPLOYMENT_STATUS[result.status],
        };
      }),
    );
}

export function isTerminal({ stdin, stderr }: Surroundings): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}
