import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { done } from '../outcome.ts';
import { withJson } from './json-option.ts';
import { whole } from './parsers.ts';
import type { Runner } from './runner.ts';

/** The dimensions that shapes of kernels have, as options. A test holds them against the registry. */
export const DIMENSIONS = [
  'm',
  'k',
  'n',
  'rows',
  'width',
  'count',
  'elements',
  'heads',
  'keyValueHeads',
  'headDim',
  'partitions',
] as const;

type RegistryFlags = { readonly json?: boolean; readonly target: string; readonly config?: Record<string, Setting> } & {
  readonly [dimension in (typeof DIMENSIONS)[number]]?: number;
};

type Setting = number | string | boolean;

export function addRegistry(program: Command, run: Runner): void {
  const command = withJson(program.command('registry [kernel]'))
    .description('list the kernels; describe one; look one up at a shape')
    .option('--target <name>', 'target: a built-in name or a module', DEFAULT_TARGET)
    .option('--config <settings>', 'hold these settings against the limits: tileM=64,tileN=128', settings);
  for (const dimension of DIMENSIONS) {
    const flag = dimension.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.option(`--${flag} <size>`, `${flag.replaceAll('-', ' ')} of the shape`, whole(1));
  }
  command.action((kernel: string | undefined, { json = false, target, config, ...sizes }: RegistryFlags) =>
    run({ json }, async (context) => {
      const { registry } = await import('../commands/registry.ts');
      const { renderRegistry } = await import('../render/registry.ts');
      const request = { target, shape: sizes, ...(kernel !== undefined && { kernel }), ...(config && { config }) };
      const result = await registry(request, context);
      return done(result, (style) => renderRegistry(result, style));
    }),
  );
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
