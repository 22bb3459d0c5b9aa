import type { MicrokernelOperand, MicrokernelParameters } from '../program/microkernel.ts';

/**
 * What FlashAttention's microkernels share. Matrices lie in 8x8 blocks, [columns/8, rows/8, 8, 8], as
 * in `matmul-blocks.ts`; per-row state (maximum, sum, factor) is one bf16 per query.
 */
export const ATTENTION_SOURCE = 'flash_attention/kernel_fusion_based/attn_npu2.cc';

/** An operand of `rows` by `columns` elements, both names of parameters; without columns, a vector. */
export function attentionOperand(
  name: string,
  access: MicrokernelOperand['access'],
  rows: string,
  columns?: string,
): MicrokernelOperand {
  return {
    name,
    format: 'bf16',
    access,
    elements: (parameters) =>
      parameter(parameters, rows) * (columns === undefined ? 1 : parameter(parameters, columns)),
  };
}

/** One sentence per parameter that is not a positive multiple of what the vector unit takes. */
export function multiplesOf(
  parameters: MicrokernelParameters,
  multiples: Readonly<Record<string, number>>,
): readonly string[] {
  return Object.entries(multiples)
    .filter(([name, multiple]) => {
      const value = parameter(parameters, name);
      return !(value > 0 && value % multiple === 0);
    })
    .map(([name, multiple]) => `${name} is ${parameters[name]}; it must be a positive multiple of ${multiple}.`);
}

/** One sentence if the scale is not a positive number. */
export function scaleLimits(parameters: MicrokernelParameters): readonly string[] {
  return parameter(parameters, 'scale') > 0 ? [] : [`scale is ${parameters.scale}; it must be log2(e) / √(head dim).`];
}

function parameter(parameters: MicrokernelParameters, name: string): number {
  return parameters[name] as number;
}
