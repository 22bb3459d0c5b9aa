import { setImmediate } from 'node:timers/promises';
import {
  KERNELS,
  type KernelDefinition,
  type KernelShape,
  kernelDefinition,
  PUBLISHED_ROWS,
  type PublishedSettings,
  padShape,
  publishedSettings,
  type RowConfiguration,
  rowConfiguration,
} from '@tilewright/kernel-registry';
import { type KernelConfig, type Program, TilewrightError, throwIfAborted } from '@tilewright/spec';
import { estimateProgram, programOutcome, XDNA2 } from '@tilewright/target-xdna2-sim';
import type { CommandContext } from '../command-context.ts';
import { searchShape } from './search-shape.ts';

export interface RegistrySearchRequest {
  /** The registry's name of a kernel, or the publisher's: `gemm`, `GEMM`. */
  readonly kernel: string;
  readonly shape: KernelShape;
  /** Settings that are decided already: only configurations that have them are looked at. */
  readonly fixed: KernelConfig;
  /** Also configurations that give up accuracy for time. */
  readonly anyPrecision: boolean;
  /** How many of the fastest to list. */
  readonly top: number;
  /** How many configurations to estimate at most; the registry's own ranking says which. */
  readonly limit: number;
}

/** Configurations of a kernel at a shape, the fastest by estimate first. Latencies of rows are measurements of others. */
export interface RegistrySearchResult {
  readonly device: string;
  readonly kernel: string;
  readonly shape: KernelShape;
  /** What was searched in its place, where the shape itself has no legal configuration; null otherwise. */
  readonly paddedTo: KernelShape | null;
  readonly legalConfigurations: number;
  /** Legal ones that give up accuracy for time and were not asked for; they are in no other number. */
  readonly lowPrecisionLeftOut: number;
  readonly estimatedConfigurations: number;
  readonly configurations: readonly RankedConfiguration[];
  /** Choices of a setting that is a word for which nothing is legal here, and why. */
  readonly excluded: readonly {
    readonly setting: string;
    readonly value: string;
    readonly reasons: readonly string[];
  }[];
  /** Every published row at this shape, the fastest first. */
  readonly publishedRows: readonly RowAtShape[];
}

export interface RankedConfiguration {
  readonly rank: number;
  readonly estimatedUs: number;
  readonly boundBy: string;
  readonly lowPrecision: boolean;
  readonly config: KernelConfig;
  /** The same by the publisher's names, with the host path; null for a kernel of which nothing is published. */
  readonly published: (PublishedSettings & { readonly output_format: Program['hostPath'] }) | null;
  /** The published row of exactly this shape and configuration. */
  readonly row: RowAtShape | null;
}

export interface RowAtShape {
  readonly id: string;
  readonly config: KernelConfig;
  readonly status: string | null;
  readonly publishedUs: number | null;
}

/** Between two looks at whether the user has had enough. */
const CONFIGURATIONS_PER_TURN = 50;

/** Estimates the legal configurations of a kernel at a shape and ranks them. */
export async function registrySearch(
  request: RegistrySearchRequest,
  { signal, progress }: CommandContext,
): Promise<RegistrySearchResult> {
  const definition = namedKernel(request.kernel);
  const shape = searchShape(definition, request.shape);
  progress.step('configurations');
  const { searched, legal: all } = legalAt(definition, shape, request.fixed);
  const low = all.filter((config) => definition.isLowPrecision?.(config) === true);
  const leaveOut = !request.anyPrecision && low.length < all.length;
  const legal = leaveOut ? all.filter((config) => !definition.isLowPrecision?.(config)) : all;
  const chosen = inTurn(legal, definition).slice(0, request.limit);
  const estimated: Estimated[] = [];
  for (const [index, config] of chosen.entries()) {
    if (index % CONFIGURATIONS_PER_TURN === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    const program: Program = {
      specificationVersion: 'v1',
      name: definition.name,
      ...definition.build(searched, config),
    };
    const { us, boundBy } = estimateProgram(program);
    estimated.push({ config, program, us, boundBy });
  }
  estimated.sort((a, b) => a.us - b.us);
  const rows = rowsAt(definition, searched);
  return {
    device: XDNA2.name,
    kernel: definition.name,
    shape,
    paddedTo: searched === shape ? null : searched,
    legalConfigurations: legal.length,
    lowPrecisionLeftOut: leaveOut ? low.length : 0,
    estimatedConfigurations: estimated.length,
    configurations: fastest(estimated, request.top).map((found, index) =>
      describe(found, index + 1, definition, searched, rows),
    ),
    excluded: excludedChoices(definition, searched, all, request.fixed),
    publishedRows: rows.map(describeRow),
  };
}

interface Estimated {
  readonly config: KernelConfig;
  readonly program: Program;
  readonly us: number;
  readonly boundBy: string;
}

/** A kernel by our name or, as far as that is one kernel, by the publisher's. */
function namedKernel(name: string): KernelDefinition {
  const published = new Map(
    [...KERNELS.keys()].toReversed().flatMap((kernel) => {
      const theirs = publishedSettings(kernel, {}, {})?.kernel.toLowerCase();
      return theirs === undefined ? [] : [[theirs, kernel] as const];
    }),
  );
  return kernelDefinition(KERNELS.has(name) ? name : (published.get(name.toLowerCase()) ?? name));
}

/** The legal configurations at a shape, or at what it must be padded to. Throws `shape-unsupported` for neither. */
function legalAt(
  definition: KernelDefinition,
  shape: KernelShape,
  fixed: KernelConfig,
): { readonly searched: KernelShape; readonly legal: readonly KernelConfig[] } {
  for (const name of Object.keys(fixed)) {
    if (definition.configNames.includes(name)) continue;
    throw new TilewrightError(
      'usage',
      `${definition.name} has no setting ${name}.`,
      `Its settings are ${definition.configNames.join(', ')}.`,
      { got: name },
    );
  }
  const padded = padShape(definition.name, shape, XDNA2);
  const shapes = Object.keys(padded).every((name) => padded[name] === shape[name]) ? [shape] : [shape, padded];
  for (const searched of shapes) {
    const legal = [...definition.configurations(searched, XDNA2)].filter((config) => agrees(config, fixed));
    if (legal.length > 0) return { searched, legal };
  }
  throw new TilewrightError(
    'shape-unsupported',
    `No configuration of ${definition.name}${Object.keys(fixed).length > 0 ? ' with these settings' : ''} is legal at ${JSON.stringify(shape)} on ${XDNA2.name}.`,
    shapes.length > 1
      ? `Padding to ${JSON.stringify(padded)} does not help either: leave settings open, or change the shape.`
      : 'Leave settings open, or change the shape.',
    { kernel: definition.name, shape },
  );
}

function agrees(config: KernelConfig, fixed: KernelConfig): boolean {
  return Object.entries(fixed).every(([name, value]) => config[name] === value);
}

/** The choices of a word, such as the methods of a GEMM, in turn, so that a limit cuts none of them off. */
function inTurn(legal: readonly KernelConfig[], { wordSettings = {} }: KernelDefinition): readonly KernelConfig[] {
  const groups = new Map<string, KernelConfig[]>();
  for (const config of legal) {
    const key = Object.keys(wordSettings)
      .map((name) => config[name])
      .join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [config]);
    else group.push(config);
  }
  const lists = [...groups.values()];
  const longest = Math.max(...lists.map((group) => group.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((group) => group.slice(i, i + 1))).flat();
}

/** The fastest that the compiler takes and that run. */
function fastest(estimated: readonly Estimated[], top: number): readonly Estimated[] {
  const found: Estimated[] = [];
  for (const one of estimated) {
    if (found.length >= top) break;
    if (programOutcome(one.program).kind === 'runs') found.push(one);
  }
  return found;
}

function describe(
  { config, program, us, boundBy }: Estimated,
  rank: number,
  definition: KernelDefinition,
  shape: KernelShape,
  rows: readonly RowConfiguration[],
): RankedConfiguration {
  const settings = publishedSettings(definition.name, shape, config);
  const row = rows.find((known) => agrees(config, known.config));
  return {
    rank,
    estimatedUs: us,
    boundBy,
    lowPrecision: definition.isLowPrecision?.(config) ?? false,
    config,
    published: settings === null ? null : { ...settings, output_format: program.hostPath },
    row: row === undefined ? null : describeRow(row),
  };
}

function rowsAt(definition: KernelDefinition, shape: KernelShape): readonly RowConfiguration[] {
  return PUBLISHED_ROWS.flatMap((row) => rowConfiguration(row) ?? [])
    .filter(({ kernel, stated, shape: at, assumed = [] }) => {
      return kernel === definition.name && assumed.length === 0 && stated.every((name) => at[name] === shape[name]);
    })
    .sort((a, b) => (a.row.latency_us ?? Number.POSITIVE_INFINITY) - (b.row.latency_us ?? Number.POSITIVE_INFINITY));
}

function describeRow({ row, config }: RowConfiguration): RowAtShape {
  return { id: row.id, config, status: row.status ?? null, publishedUs: row.latency_us ?? null };
}

/** Why a choice has no legal configuration: the limits that the best of the others breaks with it. */
function excludedChoices(
  definition: KernelDefinition,
  shape: KernelShape,
  legal: readonly KernelConfig[],
  fixed: KernelConfig,
): RegistrySearchResult['excluded'] {
  const [best] = legal;
  if (best === undefined) return [];
  return Object.entries(definition.wordSettings ?? {}).flatMap(([setting, values]) =>
    values
      .filter((value) => fixed[setting] === undefined && !legal.some((config) => config[setting] === value))
      .map((value) => {
        const broken = definition.limits(shape, { ...best, [setting]: value }, XDNA2);
        return { setting, value, reasons: broken.map(({ message }) => message) };
      }),
  );
}
