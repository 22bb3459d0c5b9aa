import type { Command } from 'commander';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import type { Runner } from './runner.ts';

export function addStatus(program: Command, run: Runner): void {
  withJson(program.command('status <dir>'))
    .description('how far a deployment came: phases, gates, verdict, digest of the plan')
    .action((directory: string, flags: { json?: boolean }) =>
      run(flags, async (context) => {
        const { status } = await import('../commands/status.ts');
        const { renderStatus } = await import('../render/status.ts');
        const result = await status(directory, context);
        return done(result, (style) => renderStatus(result, style));
      }),
    );
}
