import { readFileSync } from 'node:fs';
import { kernelDefinition, rowConfiguration } from '@tilewright/kernel-registry';
import { programLoad, XDNA2 } from '@tilewright/target-xdna2-sim';

const FACTS = new URL('../../facts/', import.meta.url);

/**
 * The gated latency rows that the registry can express, with the load of their Programs.
 * @returns {{ id: string, kernel: string, shape: string, publishedUs: number, load: import('@tilewright/target-xdna2-sim').ProgramLoad }[]}
 */
export function calibrationRows() {
  const gated = JSON.parse(readFileSync(new URL('gated.json', FACTS), 'utf8'));
  const ids = new Set(Object.values(gated.latency).flat());
  const rows = [];
  for (const record of JSON.parse(readFileSync(new URL('kernels.json', FACTS), 'utf8'))) {
    if (!ids.has(record.id) || !(record.latency_us > 0)) continue;
    const known = rowConfiguration(record);
    if (known === null) continue;
    const definition = kernelDefinition(known.kernel);
    if (definition.limits(known.shape, known.config, XDNA2).length > 0) continue;
    const program = { specificationVersion: 'v1', name: record.id, ...definition.build(known.shape, known.config) };
    rows.push({
      id: record.id,
      kernel: record.kernel,
      shape: `${record.kernel} ${JSON.stringify(record.shape)}`,
      publishedUs: record.latency_us,
      load: programLoad(program),
    });
  }
  return rows;
}
