import { type ConfigurationBasis, type DeviceModel, type KernelConfig, TilewrightError } from '@tilewright/spec';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { KERNELS } from './kernels.ts';
import { PUBLISHED_ROWS, type PublishedRow } from './published-rows.ts';
import { type RowConfiguration, rowConfiguration } from './row-configuration.ts';

/** A configuration and where it comes from. */
export interface KnownConfiguration {
  readonly config: KernelConfig;
  readonly basis: ConfigurationBasis;
}

/** Up to which factor per dimension, all multiplied, a row is near enough to take its tiles over. */
const NEAR = 2;

/** The kernel of a name; throws `kernel-unknown` with the names there are. */
export function kernelDefinition(name: string): KernelDefinition {
  const definition = KERNELS.get(name);
  if (definition !== undefined) return definition;
  throw new TilewrightError(
    'kernel-unknown',
    `The registry has no kernel ${name}.`,
    `Use one of ${[...KERNELS.keys()].join(', ')}.`,
    { got: name },
  );
}

/**
 * The best known configuration for exactly this shape: of the published rows that we build and that
 * are legal on the device, the fastest of the highest precision. Where there is none, a derived one,
 * with a row and the reason in its basis: of the rows whose shapes are close and whose tiles are legal here, the
 * tiles of the one that is nearest and fastest for its size; else the kernel's first choice, and the nearest row. Null where no configuration is legal.
 */
export function lookup(kernel: string, shape: KernelShape, device: DeviceModel): KnownConfiguration | null {
  const definition = kernelDefinition(kernel);
  const legal = (config: KernelConfig): boolean => definition.limits(shape, config, device).length === 0;
  const published = definition.publishedAs?.(shape) ?? { kernel, shape };
  const rows = highPrecisionRows().filter((known) => known.kernel === published.kernel);
  const far = (known: RowConfiguration): number => distance(known, published.shape);
  const exact = rows.filter((known) => far(known) === 0 && legal(known.config));
  const best = exact.reduce<RowConfiguration | null>(
    (fastest, known) => (fastest === null || latency(known.row) < latency(fastest.row) ? known : fastest),
    null,
  );
  if (best !== null) return { config: best.config, basis: { kind: 'row', row: best.row.id } };

  // Nearness counts as much as speed: a row that is twice as fast for its size may be twice as far.
  const score = (known: RowConfiguration): number => far(known) + Math.log(latency(known.row) / work(known));
  const near = rows.filter((known) => far(known) <= Math.log(NEAR) && legal(known.config));
  const nearest = (near.length > 0 ? near : rows).reduce<RowConfiguration | null>((best, known) => {
    const measure = near.length > 0 ? score : far;
    return best === null || measure(known) < measure(best) ? known : best;
  }, null);
  if (nearest !== null && near.length > 0) {
    const reason = `no row for this shape; the tiles of ${nearest.row.id}, measured at ${stated(nearest)}, are legal here`;
    return { config: nearest.config, basis: { kind: 'derived', nearest: nearest.row.id, reason } };
  }
  const [first] = definition.configurations(shape, device);
  if (first === undefined) return null;
  if (nearest === null || far(nearest) === Number.POSITIVE_INFINITY) {
    const reason = 'no row is like this; the first choice of the kernel';
    return { config: first, basis: { kind: 'derived', nearest: null, reason } };
  }
  const why = far(nearest) <= Math.log(NEAR) ? 'whose tiles are not legal here' : 'which is far';
  const reason = `no row for this shape; the nearest was measured at ${stated(nearest)}, ${why}: the first choice of the kernel`;
  return { config: first, basis: { kind: 'derived', nearest: nearest.row.id, reason } };
}

/** The published row nearest to a shape, and by which factor its dimensions differ, all multiplied. */
export interface MeasuredNeighbour {
  readonly row: string;
  readonly factor: number;
}

/** The nearest row that passed, if one is near enough to say something about this shape: within a factor of two. */
export function measuredNeighbour(kernel: string, shape: KernelShape): MeasuredNeighbour | null {
  const published = kernelDefinition(kernel).publishedAs?.(shape) ?? { kernel, shape };
  const near = highPrecisionRows()
    .filter((known) => known.kernel === published.kernel)
    .map((known) => ({ row: known.row.id, factor: Math.exp(distance(known, published.shape)) }))
    .filter(({ factor }) => factor <= NEAR);
  return near.reduce<MeasuredNeighbour | null>(
    (best, one) => (best === null || one.factor < best.factor ? one : best),
    null,
  );
}

let passed: readonly RowConfiguration[] | null = null;

/** Published rows that passed on the device, as configurations; without those that trade precision for time. */
function highPrecisionRows(): readonly RowConfiguration[] {
  passed ??= PUBLISHED_ROWS.filter(
    (row) => row.status?.startsWith('PASS') === true && row.precision_tier !== 'low' && row.group !== 'historical',
  ).flatMap((row) => {
    const known = rowConfiguration(row);
    // Tiles that we filled in were not measured: they are no row to plan by.
    return known === null || (known.assumed ?? []).length > 0 ? [] : [known];
  });
  return passed;
}

function latency(row: PublishedRow): number {
  return row.latency_us ?? Number.POSITIVE_INFINITY;
}

/**
 * Sum of |log ratio| over the dimensions that a row states; infinite where one is zero in one
 * of the shapes only (causal or not), or missing.
 */
function distance(row: RowConfiguration, shape: KernelShape): number {
  return row.stated.reduce((total, name) => {
    const [measured, other] = [row.shape[name] ?? 0, shape[name]];
    if (other === measured) return total;
    return total + (other === undefined ? Number.POSITIVE_INFINITY : Math.abs(Math.log(measured / other)));
  }, 0);
}

/** The product of the dimensions that a row states. */
function work({ shape, stated: names }: RowConfiguration): number {
  return names.reduce((product, name) => product * Math.max(1, shape[name] ?? 1), 1);
}

function stated({ shape, stated: names }: RowConfiguration): string {
  return names.map((name) => `${name} ${shape[name]}`).join(', ');
}
