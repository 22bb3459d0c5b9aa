import type { Command } from 'commander';
import { EXIT_STATUS } from '../exit-status.ts';
import { withJson } from './json-option.ts';
import { whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface EvaluateFlags {
  readonly json?: boolean;
  readonly model?: string;
  readonly target?: string;
  readonly prefillLength?: number;
  readonly contextLength?: number;
}

export function addEvaluate(program: Command, run: Runner): void {
  withJson(program.command('evaluate <dir>'))
    .description('judge a deployment anew and write evaluation_report.md')
    .option('--model <dir>', 'the model to judge against (default: the one that the deployment names)')
    .option('--target <name>', 'the target to judge on (default: the one that the deployment names, if built in)')
    .option('--prefill-length <tokens>', 'the longest prompt that it must take, at least', whole(1))
    .option('--context-length <tokens>', 'the context that it must hold, at least', whole(1))
    .action((directory: string, { json = false, ...request }: EvaluateFlags) =>
      run({ json }, async (context) => {
        const { evaluate } = await import('../commands/evaluate.ts');
        const { renderEvaluate } = await import('../render/evaluate.ts');
        const result = await evaluate({ directory, ...request }, context);
        return {
          result,
          text: (style) => renderEvaluate(result, style),
          exitStatus: result.report.verdict === 'pass' ? EXIT_STATUS.done : EXIT_STATUS.notPassed,
        };
      }),
    );
}
