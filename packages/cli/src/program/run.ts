import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { nonNegative, tokenList, whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface RunFlags {
  readonly json?: boolean;
  readonly prompt?: string;
  readonly tokens?: readonly number[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly target?: string;
}

export function addRun(program: Command, run: Runner): void {
  withJson(program.command('run <dir>'))
    .description('continue a prompt with a deployed model on its target')
    .option('--prompt <text>', 'the prompt as text')
    .option('--tokens <numbers...>', 'the prompt as token numbers', tokenList)
    .option('--max-tokens <count>', 'how many tokens to generate', whole(1), 48)
    .option('--temperature <t>', '0 takes the likeliest token, more is more varied', nonNegative, 0)
    .option('--seed <number>', 'seed of the sampling', whole(0, 2 ** 32 - 1), 0)
    .option('--target <name>', 'target, where it is not the one of the deployment')
    .action((directory: string, { json = false, ...request }: RunFlags) =>
      run({ json }, async (context) => {
        const { run: runDeployment } = await import('../commands/run.ts');
        const { renderRun } = await import('../render/run.ts');
        const result = await runDeployment({ directory, ...request }, context);
        return done(result, (style) => renderRun(result, style));
      }),
    );
}
