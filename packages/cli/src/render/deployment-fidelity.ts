import type { DeploymentFidelity, DeploymentPair } from '../fidelity/deployments/deployment-fidelity.ts';
import { quantile } from '../fidelity/quantile.ts';
import { digits, formatShare } from '../terminal/quantities.ts';
import type { Column } from '../terminal/table.ts';

export interface DeploymentTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Median and largest error. */
  readonly summary: string;
}

/** Whole dispatches, models and ablation cells, as tables; those without a row are left out. */
export function deploymentTables(result: DeploymentFidelity): readonly DeploymentTable[] {
  const tables = [
    ['Whole dispatches in a deployed model, with their copies', result.dispatches],
    ['Time to first token at 2,048 tokens, arranged as published', result.timeToFirstToken],
    ['Tokens per second, arranged as published', result.tokensPerSecond],
    ['Ablation of Llama-3.2-1B, cells A (naive) to D (merged)', result.ablation],
  ] as const;
  return tables.filter(([, pairs]) => pairs.length > 0).map(([title, pairs]) => deploymentTable(title, pairs));
}

function deploymentTable(title: string, pairs: readonly DeploymentPair[]): DeploymentTable {
  const errors = pairs.map(({ difference }) => Math.abs(difference));
  const [median, largest] = [quantile(errors, 0.5) ?? 0, Math.max(...errors)];
  return {
    title,
    columns: [
      { heading: 'model' },
      { heading: 'what' },
      { heading: 'published', align: 'right' },
      { heading: 'estimated', align: 'right' },
      { heading: 'difference', align: 'right' },
    ],
    rows: pairs.map(({ model, what, unit, published, estimated, difference }) => [
      model,
      what,
      `${digits(published)} ${unit}`,
      `${digits(estimated)} ${unit}`,
      `${difference < 0 ? '−' : '+'}${formatShare(Math.abs(difference))}`,
    ]),
    summary: `median ${formatShare(median)}, largest ${formatShare(largest)}`,
  };
}
