import {
  type BrokenLimit,
  KERNELS,
  type KernelDefinition,
  type KernelShape,
  type KnownConfiguration,
  kernelDefinition,
  lookup,
  PUBLISHED_ROWS,
  padShape,
  rowConfiguration,
} from '@tilewright/kernel-registry';
import { type DeviceModel, type KernelConfig, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { chosenTarget } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';

export interface RegistryRequest {
  readonly target?: string;
  readonly kernel?: string;
  /** The kernel's own names: `{ m, k, n }`, `{ rows, width }`, … Empty for none. */
  readonly shape: KernelShape;
  /** Settings to hold against the kernel's limits, in place of the best known ones. */
  readonly config?: KernelConfig;
}

export interface RegistryResult {
  readonly device: string;
  readonly kernels: readonly KernelSummary[];
  /** For the kernel that was asked for; its best rows first. */
  readonly rows: readonly KernelRow[] | null;
  /** For the shape that was asked for. */
  readonly lookup: ShapeLookup | null;
}

export interface KernelSummary {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly shapeNames: readonly string[];
  readonly configNames: readonly string[];
  readonly datapath: string;
  /** Published measurements that are a configuration of this kernel, failures among them. */
  readonly publishedRows: number;
}

/** A published row as a configuration of the kernel. Latencies are the publisher's measurements. */
export interface KernelRow {
  readonly id: string;
  readonly shape: KernelShape;
  readonly config: KernelConfig;
  readonly status: string | null;
  readonly publishedLatencyUs: number | null;
}

export interface ShapeLookup {
  readonly shape: KernelShape;
  /** What a plan would pad the shape to. */
  readonly padded: KernelShape;
  /** What was asked about, or the best known; null where no configuration is legal at this very shape. */
  readonly configuration: KernelConfig | null;
  readonly basis: KnownConfiguration['basis'] | null;
  readonly legal: boolean;
  readonly limits: readonly BrokenLimit[];
}

/** What the registry has: all kernels, one of them with its published rows, or one at a shape. */
export async function registry(request: RegistryRequest, { surroundings }: CommandContext): Promise<RegistryResult> {
  const { device } = (await chosenTarget(request.target, await loadConfig(surroundings.cwd))).value;
  const hasShape = Object.keys(request.shape).length > 0;
  if (request.kernel === undefined) {
    if (hasShape || request.config !== undefined) {
      throw new TilewrightError(
        'usage',
        'There is a shape or configuration, but no kernel.',
        'Name a kernel before it.',
      );
    }
    return { device: device.name, kernels: [...KERNELS.values()].map(summarise), rows: null, lookup: null };
  }
  const definition = kernelDefinition(request.kernel);
  if (request.config !== undefined && !hasShape) {
    throw new TilewrightError(
      'usage',
      'There is a configuration, but no shape.',
      `Give the shape: ${flags(definition)}.`,
    );
  }
  return {
    device: device.name,
    kernels: [summarise(definition)],
    rows: rowsOf(definition.name).map(describeRow),
    lookup: hasShape ? lookUp(definition, request, device) : null,
  };
}

function lookUp(definition: KernelDefinition, request: RegistryRequest, device: DeviceModel): ShapeLookup {
  const shape = completeShape(definition, request.shape);
  const padded = padShape(definition.name, shape, device);
  if (request.config !== undefined) {
    const limits = definition.limits(shape, request.config, device);
    return { shape, padded, configuration: request.config, basis: null, legal: limits.length === 0, limits };
  }
  const known = lookup(definition.name, shape, device);
  return {
    shape,
    padded,
    configuration: known?.config ?? null,
    basis: known?.basis ?? null,
    legal: known !== null,
    limits: [],
  };
}

function completeShape(definition: KernelDefinition, shape: KernelShape): KernelShape {
  const wanted = definition.shapeNames;
  const given = Object.keys(shape);
  if (wanted.every((name) => given.includes(name)) && given.every((name) => wanted.includes(name))) return shape;
  throw new TilewrightError(
    'usage',
    `A shape of ${definition.name} is ${wanted.join(', ')}, and ${given.join(', ')} was given.`,
    `Give exactly ${flags(definition)}.`,
    { expected: wanted.join(', '), got: given.join(', ') },
  );
}

function flags({ shapeNames }: KernelDefinition): string {
  return `--shape ${shapeNames.map((name) => `${name}=…`).join(',')}`;
}

function summarise(definition: KernelDefinition): KernelSummary {
  const { name, version, summary, shapeNames, configNames, datapath } = definition;
  return { name, version, summary, shapeNames, configNames, datapath, publishedRows: rowsOf(name).length };
}

type Row = NonNullable<ReturnType<typeof rowConfiguration>>;

function rowsOf(kernel: string): Row[] {
  return PUBLISHED_ROWS.flatMap((row) => rowConfiguration(row) ?? [])
    .filter((row) => row.kernel === kernel)
    .sort((a, b) => (a.row.latency_us ?? Number.POSITIVE_INFINITY) - (b.row.latency_us ?? Number.POSITIVE_INFINITY));
}

function describeRow({ row, shape, config }: Row): KernelRow {
  return { id: row.id, shape, config, status: row.status ?? null, publishedLatencyUs: row.latency_us ?? null };
}
