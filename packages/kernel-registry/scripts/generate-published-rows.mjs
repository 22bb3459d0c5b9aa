/**
 * Writes src/registry/published-rows.json: the rows of facts/kernels.json that concern kernels of the
 * registry, with the fields that it uses. An installed package cannot read facts/ at run time.
 * Run from anywhere: node packages/kernel-registry/scripts/generate-published-rows.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const KERNELS = new Set([
  'BiasAdd (broadcast)',
  'Cast_f32_to_bf16',
  'Down GEMV in stitched ELF',
  'EltwiseAdd',
  'FlashAttention',
  'FlashAttention_temporal_causal',
  'GELU',
  'GEMM',
  'GEMV',
  'GEMV+add (matvec_2tile_add)',
  'GEMV_bf16_2tile_add',
  'GEMV_cascade',
  'GEMV_cascade_add',
  'LayerNorm',
  'RMSNorm',
  'ResidualAdd',
  'RoPE',
  'SiLU_Mul',
  'fused o_gemv_ffn cascade',
  'fused_decode_cascade',
]);
const FIELDS = [
  'id',
  'group',
  'kernel',
  'contract',
  'method',
  'precision_tier',
  'shape',
  'tile',
  'herd',
  'output_format',
  'ping_pong',
  'condition',
  'latency_us',
  'latency_derived',
  'mean_rel_L1',
  'status',
  'measured',
  'platform',
  'source_file',
  'note',
];

/** @param {readonly Record<string, unknown>[]} facts the rows of facts/kernels.json */
export function selectPublishedRows(facts) {
  return facts
    .filter((row) => KERNELS.has(row.kernel))
    .map((row) => Object.fromEntries(FIELDS.filter((field) => field in row).map((field) => [field, row[field]])));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const facts = JSON.parse(readFileSync(new URL('../../../facts/kernels.json', import.meta.url), 'utf8'));
  const lines = selectPublishedRows(facts).map((row) => `  ${JSON.stringify(row)}`);
  writeFileSync(new URL('../src/registry/published-rows.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
}
