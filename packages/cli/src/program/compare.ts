import type { Effort } from '@tilewright/agent-claude';
import { type Command, Option } from 'commander';
import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { type BudgetFlags, budgetOf, withBudget } from './budget-flags.ts';
import { withJson } from './json-option.ts';
import { each, whole } from './parsers.ts';
import type { Runner } from './runner.ts';

/** Flags of the terms under which deployments are compared. */
export interface TermFlags extends BudgetFlags {
  readonly target?: string;
  readonly agentModel?: string;
  readonly agentEffort?: Effort;
  readonly seed?: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  readonly out?: string;
}

interface CompareFlags extends TermFlags {
  readonly json?: boolean;
  readonly agents: readonly string[];
  readonly skill?: readonly string[];
}

/** The options that say under which terms deployments are compared. */
export function withTerms(command: Command): Command {
  return withBudget(command)
    .option('--agent-model <model>', 'model of the agent claude, as the Messages API names it')
    .addOption(
      new Option('--agent-effort <level>', 'how much the model of the agent claude puts into an answer').choices([
        ...['low', 'medium', 'high', 'xhigh', 'max'],
      ]),
    )
    .option('--target <name>', `target: a built-in name or a module (default: ${DEFAULT_TARGET})`)
    .option('--seed <number>', 'what the gates draw their inputs from (default: 0)', whole(0, 2 ** 32 - 1))
    .option('--prefill-length <tokens>', 'the longest prompt that a deployment takes (default: 128)', whole(1))
    .option('--context-length <tokens>', 'prompt and generated tokens together (default: 512)', whole(1))
    .option('--out <dir>', 'keep the workspaces there (default: they are scratch)');
}

export function addCompare(program: Command, run: Runner): void {
  withTerms(
    withJson(program.command('compare <model>'))
      .description('let several agents deploy one model under equal terms, and compare what came of it')
      .requiredOption(
        '--agents <names>',
        'agents, separated by commas: rules, claude, replay:TRANSCRIPT, a module',
        names,
      )
      .option('--skill <module>', 'a further skill, for all of them; may be given several times', each),
  ).action((model: string, { json = false, skill = [], ...flags }: CompareFlags) =>
    run({ json }, async (context) => {
      const { compare } = await import('../commands/compare.ts');
      const { renderComparison } = await import('../render/comparison.ts');
      const budget = budgetOf(flags);
      const result = await compare({ model, skills: skill, ...flags, ...(budget && { budget }) }, context);
      const ended = result.agents.every(({ status }) => status === 'accepted');
      return { result, text: (style) => renderComparison(result, style), exitStatus: passedOrNot(ended) };
    }),
  );
}

export function passedOrNot(passed: boolean): ExitStatus {
  return passed ? EXIT_STATUS.done : EXIT_STATUS.notPassed;
}

/** Names separated by commas; may be given several times. */
function names(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',')];
}
