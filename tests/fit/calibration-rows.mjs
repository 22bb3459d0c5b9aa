import { readFileSync } from 'node:fs';
import { kernelDefinition, rowConfiguration, rowProgram } from '@tilewright/kernel-registry';
import { programLoad, XDNA2 } from '@tilewright/target-xdna2-sim';

const FACTS = new URL('../../facts/', import.meta.url);
/** Kernels without a gated row that have a constant of their own, which nothing else would fix. */
const UNGATED_KERNELS = new Set(['LayerNorm', 'Cast_f32_to_bf16']);

/**
 * @typedef {object} CalibrationRow
 * @property {string} id
 * @property {string} kernel the publisher's name
 * @property {string} shape with the kernel's name: what is left out together
 * @property {boolean} gated
 * @property {number} publishedUs
 * @property {import('@tilewright/target-xdna2-sim').ProgramLoad} load
 */

/**
 * The rows that fix the constants: the gated ones, and those of a few kernels that have none.
 * @returns {CalibrationRow[]}
 */
export function calibrationRows() {
  const gated = JSON.parse(readFileSync(new URL('gated.json', FACTS), 'utf8')).latency;
  const ids = new Set(Object.values(gated).flat());
  const records = JSON.parse(readFileSync(new URL('kernels.json', FACTS), 'utf8'));
  return records
    .filter(({ id, kernel, status }) => ids.has(id) || (UNGATED_KERNELS.has(kernel) && status.startsWith('PASS')))
    .flatMap((record) => {
      const load = record.latency_us > 0 ? loadOf(record) : null;
      if (load === null) return [];
      const { id, kernel, latency_us: publishedUs } = record;
      const shape = `${kernel} ${JSON.stringify(record.shape)}`;
      return [{ id, kernel, shape, gated: ids.has(id), publishedUs, load }];
    });
}

function loadOf(record) {
  const known = rowConfiguration(record);
  if (known === null) return null;
  const { limits } = kernelDefinition(known.kernel);
  return limits(known.shape, known.config, XDNA2).length > 0 ? null : programLoad(rowProgram(known));
}
