import type { Command } from 'commander';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { each, whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface EstimateFlags {
  readonly json?: boolean;
  readonly seq?: number;
  readonly context?: number;
  readonly target?: string;
  readonly optimize?: boolean;
  readonly skill?: readonly string[];
}

export function addEstimate(program: Command, run: Runner): void {
  withJson(program.command('estimate <model>'))
    .description('estimate what a model takes on the NPU, naive and optimised, from its config.json alone')
    .option('--seq <tokens>', 'prompt length (default: 2048, or what the model takes)', whole(1))
    .option('--context <tokens>', 'length at which a token is decoded (default: the prompt and one)', whole(1))
    .option('--target <name>', `target: a built-in name or a module (default: ${DEFAULT_TARGET})`)
    .option('--optimize', 'estimate also what the optimisation skills make of it (default)', true)
    .option('--no-optimize', 'the naive plan alone, which takes a second')
    .option('--skill <module>', 'a further skill; may be given several times', each)
    .action((model: string, { json = false, ...flags }: EstimateFlags) =>
      run({ json }, async (context) => {
        const { seq, context: contextTokens, target, optimize = true, skill: skills = [] } = flags;
        const { estimate } = await import('../commands/estimate.ts');
        const { renderEstimate } = await import('../render/estimate.ts');
        const result = await estimate(
          {
            ...{ model, optimize, skills },
            ...(target !== undefined && { target }),
            ...(seq !== undefined && { promptTokens: seq }),
            ...(contextTokens !== undefined && { contextTokens }),
          },
          context,
        );
        return done(result, (style) => renderEstimate(result, style));
      }),
    );
}
