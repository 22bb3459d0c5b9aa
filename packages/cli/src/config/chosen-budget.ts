import type { Budget } from '@tilewright/spec';
import type { LoadedConfig } from './load-config.ts';

/** The budget of the configuration, in which each limit of the flags takes the place of its own; undefined without any. */
export function chosenBudget(flags: Budget | undefined, { config }: LoadedConfig): Budget | undefined {
  const { budget } = config;
  if (flags === undefined || budget === undefined) return flags ?? budget;
  const phase = { ...budget.phase, ...flags.phase };
  const total = { ...budget.total, ...flags.total };
  return { ...(Object.keys(phase).length > 0 && { phase }), ...(Object.keys(total).length > 0 && { total }) };
}
