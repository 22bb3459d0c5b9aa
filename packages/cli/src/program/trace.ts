import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { formatBytes } from '../terminal/quantities.ts';
import { withJson } from './json-option.ts';
import type { Runner } from './runner.ts';

export function addTrace(program: Command, run: Runner): void {
  withJson(program.command('trace <dir>'))
    .description('write when each core, DMA channel and host step is busy, by estimate, for a trace viewer')
    .option('--dispatch <name>', 'one dispatch, such as prefill/q_proj (default: the whole schedule)')
    .option('--out <file>', 'where it goes (default: trace.json in the directory)')
    .action((directory: string, { json = false, ...flags }: { json?: boolean; dispatch?: string; out?: string }) =>
      run({ json }, async (context) => {
        const { trace } = await import('../commands/trace.ts');
        const result = await trace({ directory, ...flags }, context);
        return done(result, () => [
          `Wrote ${result.file}: ${result.events} events, ${(result.us / 1000).toFixed(2)} ms by estimate (${formatBytes(result.bytes)}).`,
          'Open it in https://ui.perfetto.dev or chrome://tracing.',
        ]);
      }),
    );
}
