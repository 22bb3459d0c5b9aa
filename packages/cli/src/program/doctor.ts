import type { Command } from 'commander';
import { EXIT_STATUS } from '../exit-status.ts';
import { withJson } from './json-option.ts';
import type { Runner } from './runner.ts';

export function addDoctor(program: Command, run: Runner): void {
  withJson(program.command('doctor'))
    .description('check what Tilewright needs on this machine, and what it could use')
    .action((flags: { json?: boolean }) =>
      run(flags, async (context) => {
        const { doctor } = await import('../commands/doctor.ts');
        const { renderDoctor } = await import('../render/doctor.ts');
        const result = await doctor(context);
        return {
          result,
          text: (style) => renderDoctor(result, style),
          exitStatus: result.healthy ? EXIT_STATUS.done : EXIT_STATUS.notPassed,
        };
      }),
    );
}
