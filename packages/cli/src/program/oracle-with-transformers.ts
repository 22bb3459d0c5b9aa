import { type Command, Option } from 'commander';
import { EXIT_STATUS } from '../exit-status.ts';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { each, tokenList, whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface VerifyFlags {
  readonly json?: boolean;
  readonly with?: 'transformers';
  readonly prompt?: string;
  readonly tokens?: readonly number[];
  readonly length: number;
  readonly greedy: number;
  readonly seed: number;
  readonly scope: 'states' | 'kernels';
}

interface GoldenFlags {
  readonly json?: boolean;
  readonly out?: string;
  readonly force?: boolean;
  readonly prompt?: readonly string[];
  readonly tokens?: readonly number[];
  readonly seed: number;
}

const SEED = whole(0, 2 ** 32 - 1);

export function addVerify(oracle: Command, run: Runner): void {
  withJson(oracle.command('verify <model>'))
    .description('hold the oracle against the golden beside a model, or against transformers')
    .addOption(
      new Option('--with <what>', 'run the model in Hugging Face transformers, and compare').choices(['transformers']),
    )
    .option('--prompt <text>', 'with transformers: the prompt as text')
    .option('--tokens <numbers>', 'with transformers: the prompt as token numbers: 1,2,3', tokenList)
    .option('--length <tokens>', 'with transformers: length of a random prompt', whole(1), 64)
    .option('--greedy <tokens>', 'with transformers: tokens that it goes on with', whole(0, 4096), 32)
    .option('--seed <number>', 'with transformers: what a random prompt is drawn from', SEED, 0)
    .addOption(
      new Option('--scope <what>', 'with transformers: every kernel, or the residual stream and logits only')
        .choices(['kernels', 'states'])
        .default('kernels'),
    )
    .action((model: string, { json = false, with: other, ...flags }: VerifyFlags) =>
      run({ json }, async (context) => {
        if (other === undefined) {
          const { verifyOracle } = await import('../commands/verify-oracle.ts');
          const { renderVerification } = await import('../render/verify-oracle.ts');
          const result = await verifyOracle(model, context);
          const exitStatus = result.passed ? EXIT_STATUS.done : EXIT_STATUS.notPassed;
          return { result, text: (style) => renderVerification(result, style), exitStatus };
        }
        const { verifyWithTransformers } = await import('../commands/verify-with-transformers.ts');
        const { renderTransformersVerification } = await import('../render/verify-with-transformers.ts');
        const result = await verifyWithTransformers({ model, ...flags }, context);
        return {
          result,
          text: (style) => renderTransformersVerification(result, style),
          exitStatus: result.passed ? EXIT_STATUS.done : EXIT_STATUS.notPassed,
        };
      }),
    );
}

export function addGolden(oracle: Command, run: Runner): void {
  withJson(oracle.command('golden <model>'))
    .description('write golden.json and golden.safetensors, computed by Hugging Face transformers')
    .option('--out <dir>', 'where they go (default: the model directory)')
    .option('--force', 'replace a golden that is there')
    .option('--prompt <text>', 'a prompt as text; may be given several times', each)
    .option('--tokens <numbers>', 'a prompt as token numbers: 1,2,3', tokenList)
    .option('--seed <number>', 'what random prompts are drawn from, where none is given', SEED, 0)
    .action((model: string, { json = false, force = false, prompt = [], ...flags }: GoldenFlags) =>
      run({ json }, async (context) => {
        const { goldenByTransformers } = await import('../commands/write-golden.ts');
        const { renderGolden } = await import('../render/golden.ts');
        const result = await goldenByTransformers({ model, force, prompts: prompt, ...flags }, context);
        return done(result, () => renderGolden(result));
      }),
    );
}
