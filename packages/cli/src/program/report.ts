import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { formatBytes } from '../terminal/quantities.ts';
import { withJson } from './json-option.ts';
import type { Runner } from './runner.ts';

export function addReport(program: Command, run: Runner): void {
  withJson(program.command('report <dir>'))
    .description('write a deployment as one HTML page: gates, trajectory, where the time goes, verdict')
    .option('--out <file>', 'where the page goes (default: report.html in the directory)')
    .action((directory: string, { out, ...flags }: { json?: boolean; out?: string }) =>
      run(flags, async (context) => {
        const { report } = await import('../commands/report.ts');
        const result = await report({ directory, ...(out !== undefined && { out }) }, context);
        return done(result, () => [`Wrote ${result.file} (${formatBytes(result.bytes)}). Open it in a browser.`]);
      }),
    );
}
