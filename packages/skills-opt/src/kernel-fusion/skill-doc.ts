// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: kernel-fusion
description: Replaces runs of decode kernels by one kernel that does the work of all of them, such as a projection with its residual add, or norm, gate, up and SwiGLU. Use when decode runs many short launches, or when the configuration of launches takes a noticeable share of a token.
license: Apache-2.0
---

# Kernel fusion

In decode a launch is short, and configuring the array for it is not. The registry has kernels that compute several ops
of the op graph over one row, with the values in between on the cores:

| kernel | in place of | inside |
|---|---|---|
| \`gemv-add\` | output or down projection, residual add | the projection |
| \`norm-swiglu-gemv\` | norm, gate and up projection, SiLU-multiply | norm, gate, up |

Published: the second half of a decode layer of Llama-3.2-1B went from eight launches to three, 3.7 ms to 2.6 ms.

## When it applies

1. The launches follow each other: in one dispatch, or as all launches of dispatches that follow each other.
2. Each value in between is read by the next of these launches and by nobody else, on the device or on the host.
3. The projections have no bias.
4. The fused kernel's limits hold. \`gemv-add\` takes K in multiples of 512. \`norm-swiglu-gemv\` takes rows below 2,560
   elements that divide over four rows of cores in multiples of 64, and an MLP width in multiples of 512. Wider models
   keep the single kernels.

## What to change

1. For gate and up, \`add-buffer\`: one matrix with both, rows alternating (\`interleavedWith\`), with role, residency and
   scope of the gate's.
2. \`fuse-launches\` into one launch that computes the last op. Say in \`inside\` which taps it keeps to itself.
3. \`remove-buffer\` for the values in between, and for the single weights.

## What not to do

- Do not list taps in \`inside\` that the kernel does not compute: the plan is then refused.
- Do not fuse across a host step or across the attention.

## Whether it worked

A gate compares what the fused kernel computes with the oracle's composition of its ops. What is inside cannot be
compared by itself any more; if the comparison fails, take the edits back and compare the single kernels. Roundings
differ: the norm is not rounded between its sum and the products, a projection's partial sums are rounded to bf16.
\`gemv-add\` reads every weight once, as before: where a token is bound by the bandwidth to memory, what is gained is the
time of the launches that are gone.
`;
