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

interface SearchFlags extends RegistryFlags {
  readonly anyPrecision?: boolean;
  readonly top?: number;
  readonly limit?: number;
}

type Setting = number | string | boolean;

/** How many of the fastest a search lists, and how many configurations it estimates, unless it is told. */
const LISTED = 10;
const ESTIMATED = 1000;

export function addRegistry(program: Command, run: Runner): void {
  const registry = withJson(program.command('registry [kernel]'))
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
  // Options of `registry` are those of the search too.
  registry
    .command('search <kernel>')
    .description('rank the configurations of a kernel at a shape by estimate')
    .option('--any-precision', 'also configurations that give up accuracy for time')
    .option('--top <count>', `how many to list (default: ${LISTED})`, whole(1))
    .option('--limit <count>', `how many to estimate at most (default: ${ESTIMATED})`, whole(1))
    .action((kernel: string, _flags: unknown, command: Command) => {
      const {
        json = false,
        config,
        shape,
        m,
        k,
        n,
        anyPrecision = false,
        top,
        limit,
      } = command.optsWithGlobals<SearchFlags>();
      const product = { ...(m !== undefined && { m }), ...(k !== undefined && { k }), ...(n !== undefined && { n }) };
      return run({ json }, async (context) => {
        const { registrySearch } = await import('../commands/registry-search.ts');
        const { renderRegistrySearch } = await import('../render/registry-search.ts');
        const request = {
          kernel,
          shape: { ...product, ...shape },
          fixed: config ?? {},
          anyPrecision,
          top: top ?? LISTED,
          limit: limit ?? ESTIMATED,
        };
        const result = await registrySearch(request, context);
        return done(result, (style) => renderRegistrySearch(result, style));
      });
    });
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
