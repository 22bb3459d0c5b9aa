import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { whole } from './parsers.ts';
import type { Runner } from './runner.ts';

interface RegistryFlags {
  readonly json?: boolean;
  readonly target?: string;
  readonly m?: number;
  readonly k?: number;
  readonly n?: number;
  readonly shape?: Readonly<Record<string, number>>;
  readonly config?: Readonly<Record<string, Setting>>;
}

type Setting = number | string | boolean;

export function addRegistry(program: Command, run: Runner): void {
  withJson(program.command('registry [kernel]'))
    .description('list the kernels; describe one; look one up at a shape')
    .option('--m <size>', 'rows of a product', whole(1))
    .option('--k <size>', 'length of its sums', whole(1))
    .option('--n <size>', 'columns of a product', whole(1))
    .option('--shape <sizes>', 'any shape by the names of the kernel: rows=2048,width=2048', sizes)
    .option('--config <settings>', 'hold these settings against the limits: tileM=64,tileN=128', settings)
    .option('--target <name>', `target: a built-in name or a module (default: ${DEFAULT_TARGET})`)
    .action((kernel: string | undefined, { json = false, target, config, shape, ...product }: RegistryFlags) =>
      run({ json }, async (context) => {
        const { registry } = await import('../commands/registry.ts');
        const { renderRegistry } = await import('../render/registry.ts');
        const request = {
          ...(target !== undefined && { target }),
          shape: { ...product, ...shape },
          ...(kernel !== undefined && { kernel }),
          ...(config && { config }),
        };
        const result = await registry(request, context);
        return done(result, (style) => renderRegistry(result, style));
      }),
    );
}

/** `rows=2048,width=2048,epsilon=1e-5` */
function sizes(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const entries = Object.entries(settings(text)).map(([name, value]): [string, number] => {
    if (typeof value === 'number') return [name, value];
    throw new InvalidArgumentError(`${name} must be a number.`);
  });
  return { ...before, ...Object.fromEntries(entries) };
}

/** `tileM=64,method=drain,pingPong=true` */
function settings(text: string, before: Readonly<Record<string, Setting>> = {}): Record<string, Setting> {
  const entries = text.split(',').map((part): [string, Setting] => {
    const [name = '', value = '', ...rest] = part.split('=').map((side) => side.trim());
    if (name === '' || value === '' || rest.length > 0) {
      throw new InvalidArgumentError('It must be settings such as tileM=64,tileN=128.');
    }
    if (value === 'true' || value === 'false') return [name, value === 'true'];
    return [name, Number.isFinite(Number(value)) ? Number(value) : value];
  });
  return { ...before, ...Object.fromEntries(entries) };
}
