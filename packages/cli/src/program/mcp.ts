import type { Command } from 'commander';
import { EXIT_STATUS } from '../exit-status.ts';
import { Interruption } from '../terminal/interruption.ts';
import { whole } from './parsers.ts';
import type { Runner } from './runner.ts';

export function addMcp(program: Command, run: Runner): void {
  program
    .command('mcp')
    .description('serve the Model Context Protocol, for coding agents to deploy, judge and decide from')
    .option('--http <port>', 'over HTTP on this port of 127.0.0.1 (default: over stdin and stdout)', whole(0, 65_535))
    .action(({ http }: { readonly http?: number }) =>
      run({}, async ({ surroundings }) => {
        const { serveMcp } = await import('../commands/mcp.ts');
        await serveMcp(http === undefined ? {} : { httpPort: http }, surroundings);
        const { reason } = surroundings.signal;
        const exitStatus = reason instanceof Interruption ? reason.exitStatus : EXIT_STATUS.done;
        // stdout is the protocol's.
        return { result: null, text: () => [], exitStatus };
      }),
    );
}
