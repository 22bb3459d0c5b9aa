import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { addGolden, addVerify } from './oracle-with-transformers.ts';
import { each, tokenList } from './parsers.ts';
import type { Runner } from './runner.ts';

interface TapsFlags {
  readonly json?: boolean;
  readonly prompt?: string;
  readonly tokens?: readonly number[];
  readonly names?: readonly string[];
}

export function addOracle(program: Command, run: Runner): void {
  const oracle = program.command('oracle').description('the FP32 reference on the CPU');

  addVerify(oracle, run);
  addGolden(oracle, run);

  withJson(oracle.command('taps <model>'))
    .description('run a prompt and summarise the value of every kernel, by name')
    .option('--prompt <text>', 'the prompt as text')
    .option('--tokens <numbers>', 'the prompt as token numbers: 1,2,3', tokenList)
    .option('--names <glob>', 'only taps that match, such as "layers.0.*"; may be given several times', each)
    .action((model: string, { json = false, names = [], ...prompt }: TapsFlags) =>
      run({ json }, async (context) => {
        const { oracleTaps } = await import('../commands/oracle-taps.ts');
        const { renderOracleTaps } = await import('../render/oracle-taps.ts');
        const result = await oracleTaps({ model, names, ...prompt }, context);
        return done(result, () => renderOracleTaps(result));
      }),
    );
}
