import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import type { Runner } from './runner.ts';

interface FidelityFlags {
  readonly json?: boolean;
  readonly rows: string;
  readonly gated?: string;
  readonly models?: string;
  readonly trajectory?: string;
  readonly markdown?: boolean;
}

export function addFidelity(program: Command, run: Runner): void {
  withJson(program.command('fidelity'))
    .description("hold the simulator's estimates against published measurements")
    .requiredOption('--rows <file>', 'published rows, in the form of facts/kernels.json')
    .option('--gated <file>', 'the rows that count (default: gated.json beside the rows, else every passing row)')
    .option('--models <file>', 'published deployments, in the form of facts/models.json (default: beside the rows)')
    .option(
      '--trajectory <file>',
      'published ablations, in the form of facts/trajectory.json (default: beside the rows)',
    )
    .option('--markdown', 'print the tables of docs/fidelity.md')
    .action(({ json = false, markdown = false, ...files }: FidelityFlags) =>
      run({ json }, async (context) => {
        const { fidelity } = await import('../commands/fidelity.ts');
        const { renderFidelity, renderFidelityMarkdown } = await import('../render/fidelity.ts');
        const result = await fidelity(files, context);
        return done(result, (style) => (markdown ? renderFidelityMarkdown(result) : renderFidelity(result, style)));
      }),
    );
}
