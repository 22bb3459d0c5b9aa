// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: buffer-object-reuse
description: Keeps weights and intermediate values in buffer objects on the NPU instead of copying them around every dispatch. Use when a profile shows that copy-in, sync-in, sync-out or copy-out take a noticeable share of prefill or decode, or when buffers of a plan have residency host.
license: Apache-2.0
---

# Buffer-object reuse

Every buffer of a naive plan has residency \`host\`: each dispatch that names it copies it in before it runs and
back after. Weights never change, and many values are written by one dispatch and read by the next. Both can stay on
the device.

## When it applies

1. Take the plan's section (\`prefill\`, \`decode\` or \`head\`) and its profile. Add up the microseconds of \`copy-in\`,
   \`sync-in\`, \`sync-out\` and \`copy-out\`.
2. For each buffer with residency \`host\` list who touches it: dispatches that read it, dispatches that write it, host
   steps that read it, host steps that write it. The residual stream is also written by \`embedding\` and read by the head.

## What to change

One \`set-residency\` edit per buffer, always to residency \`device\`, with the role that follows from the list:

| touched by | role |
|---|---|
| a weight that no launch writes | \`static\` |
| dispatches only, written whole before it is read | \`intermediate\` |
| written by host steps, read by dispatches | \`input\`; or \`output\` where a host step writes it once and many dispatches read it |
| written by dispatches, and read or written by host steps too | \`output\` |

Try weights and activations of a section as two proposals: they gain differently and fail differently.

## What not to do

- Never make a buffer \`static\` that a launch writes, or whose contents a host step makes anew: it is copied in on its
  first use only, so the first pass is right and the second is wrong. See the skill buffer-object-corruption.
- Never make a buffer \`intermediate\` that a host step reads: the host would see an old value.
- A buffer whose padding no launch writes holds garbage there on the device. Leave it on the host.

## Whether it worked

Run the gate of the phase: results must not change by a bit, since no arithmetic did. Compare the time before and after;
keep the edits if it fell by at least one per cent. To take them back, set the earlier residency and role.

## What to expect

Gain = bytes no longer copied / copy bandwidth + syncs no longer made × (fixed cost + bytes / sync bandwidth), with
the figures of the device model's \`host\`. In the published ablation of Llama-3.2-1B, keeping weights and then
intermediates on the device were steps B and C of four.
`;
