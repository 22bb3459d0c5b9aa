// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: layout-alignment
description: Removes host transpositions around the attention by giving it the sequence-first layout that its neighbours use. Use when a plan has transpose host steps next to flash-attention, or when a profile shows host time for them.
license: Apache-2.0
---

# Layout alignment

Projections and RoPE write [rows, heads side by side]; a heads-first attention wants each head contiguous. A naive plan
lets the host transpose queries, keys and values on the way in and the output on the way out, at some 234 µs per
megabyte. The attention kernel also exists sequence first: the same cores and numbers, other strides at the shim.

## When it applies

1. The attention launch has \`layout\` \`heads-first\` in its configuration.
2. Each of its four buffers is made, or read, by exactly one \`transpose\` host step and nobody else.
3. With \`layout\` \`sequence-first\` its limits hold. They need the whole head dimension in one key tile: \`lkp\` equal to
   \`headDim\`. Heads of 128 do not have that, and stay heads-first.
4. Otherwise \`temporal-attention\` may take the shape: causal, groups of three heads of 128 or four of 64. It reads keys and
   values once for a group, sequence first, and takes whole heads.

## What to change

1. \`set-kernel\`: the same kernel with \`layout\` \`sequence-first\`, with \`queryWidth\` and \`keyValueWidth\` as wide as the
   rows of the sequence-first buffers, and basis \`edited\`; or \`temporal-attention\`, whose arguments have the same names.
2. For each argument: \`bind-argument\` to the sequence-first buffer and \`remove-step\` of the transposition.
3. \`remove-buffer\` for the heads-first buffers.
4. Sequence-first buffers that live on the device may need another role: the attention's output was written by a host
   step (\`input\`) and is now written by a dispatch (\`intermediate\`). Left as it is, every pass would overwrite the result
   with an old copy.

## Whether it worked

Run the gate of the phase, then compare the time before and after. If the limits do not hold as they stand, look
through the kernel's configurations for another sequence-first one before giving up.
`;
