import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  applyEdits,
  kernelDefinition,
  lowerPlan,
  naivePlan,
  rowConfiguration,
  rowProgram,
} from '@tilewright/kernel-registry';
import { readModelSpec } from '@tilewright/oracle';
import { kernelFusion, multiKernelMerging } from '@tilewright/skills-opt';
import { CONSTANTS, programLoad, XDNA2 } from '@tilewright/target-xdna2-sim';

const FACTS = new URL('../../facts/', import.meta.url);
/** Kernels without a gated row that have a constant of their own, which nothing else would fix. */
const UNGATED_KERNELS = new Set(['LayerNorm', 'Cast_f32_to_bf16']);

/**
 * @typedef {object} CalibrationRow
 * @property {string} id
 * @property {string} kernel the publisher's name
 * @property {string} shape with the kernel's name: what is left out together
 * @property {boolean} gated whether errors are stated of it
 * @property {'gated' | 'dispatch' | 'other'} kind how much it counts in a fit
 * @property {number} publishedUs
 * @property {import('@tilewright/target-xdna2-sim').ProgramLoad} load
 */

/**
 * Whole dispatches of Llama-3.2-1B's decoder: what many launches in one ELF cost shows nowhere else. The last two are of
 * the decoder before its kernels were fused. A row of a runner has the work of submitting in it, others have not.
 */
const DECODE_DISPATCHES = [
  { id: 'rms_gemv_rope_llama_1b-340', section: 'decode', first: 'input_norm', fused: true },
  { id: 'o_gemv_ffn_llama_1b-342', section: 'decode', first: 'o_proj', fused: true },
  { id: 'lm_head_gemv_llama_3_2_1-545', section: 'head', first: 'lm_head', fused: true },
  { id: 'rms_gemv_rope_llama_3_2-543', section: 'decode', first: 'input_norm', fused: false },
  { id: 'o_gemv_ffn_llama_3_2_1b-544', section: 'decode', first: 'o_proj', fused: false },
];

/**
 * The rows that fix the constants: the gated ones, those of a few kernels that have none, and whole decode dispatches.
 * @returns {Promise<CalibrationRow[]>}
 */
export async function calibrationRows() {
  return [...kernelRows(), ...(await dispatchRows())];
}

async function dispatchRows() {
  const records = JSON.parse(readFileSync(new URL('kernels.json', FACTS), 'utf8'));
  const config = fileURLToPath(new URL('../../test-data/configs/Llama-3.2-1B.json', import.meta.url));
  const naive = naivePlan(await readModelSpec(config), XDNA2, { prefillLength: 2048, contextLength: 2049 });
  const single = improved(naive, multiKernelMerging);
  const lowered = new Map(
    [true, false].map((fused) => [fused, lowerPlan(fused ? improved(single, kernelFusion) : single, XDNA2)]),
  );
  return DECODE_DISPATCHES.flatMap(({ id, section, first, fused }) => {
    const record = records.find((one) => one.id === id);
    const dispatch = lowered.get(fused).dispatches.find((one) => one.section === section && one.step.startsWith(first));
    if (record === undefined || dispatch === undefined) return [];
    const { npu_run_us: runUs, latency_us: latencyUs } = record;
    const publishedUs = runUs === undefined ? latencyUs : runUs - CONSTANTS.dispatchUs;
    const load = programLoad(dispatch.program);
    return [{ id, kernel: 'decode dispatches', shape: id, gated: false, kind: 'dispatch', publishedUs, load }];
  });
}

/** Everything that a skill proposes for decoding. */
function improved(plan, skill) {
  const situation = { phase: 5, plan, device: XDNA2, profile: null, failure: null };
  const [match] = skill.match(situation).filter(({ subject }) => subject.startsWith('decode'));
  return match === undefined ? plan : improved(applyEdits(plan, skill.propose(situation, match).edits), skill);
}

/** @returns {CalibrationRow[]} */
function kernelRows() {
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
      return [{ id, kernel, shape, gated: ids.has(id), kind: ids.has(id) ? 'gated' : 'other', publishedUs, load }];
    });
}

function loadOf(record) {
  const known = rowConfiguration(record);
  if (known === null) return null;
  const { limits } = kernelDefinition(known.kernel);
  return limits(known.shape, known.config, XDNA2).length > 0 ? null : programLoad(rowProgram(known));
}
