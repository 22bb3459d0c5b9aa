// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: buffer-object-corruption
description: Finds buffers that stay on the NPU under a role that is not true, such as a static buffer that a kernel overwrites. Use when a gate fails with wrong values, above all when the first run is right and later ones are not.
license: Apache-2.0
---

# Buffer-object corruption

A buffer on the device is copied as its role says, and the role is believed. \`static\` is copied in on its first use and
never again. If a launch writes it, or a host step makes it anew, the first pass is right and the second is wrong; gates
that run once do not see it.

## How to find it

For each buffer with residency \`device\` list who writes and who reads it, dispatches and host steps apart. The residual
stream is written by \`embedding\` and read by the head.

| role | must not be |
|---|---|
| \`static\` | written by a launch, or made anew by a host step |
| \`intermediate\` | written or read by a host step, nor the residual stream |
| \`input\` | written by a launch: an old copy from the host would replace the result |

The first kernel that deviates, as the gate names it, is usually the one that reads the buffer.

## What to change

One \`set-residency\` edit to the role that is true:

- touched by dispatches only, and written whole before it is read: \`intermediate\`;
- written by a host step and by no launch: \`input\`;
- written by a launch and needed by a host step, or the other way round: \`output\`;
- a weight that a launch overwrites: \`input\`, so that it is brought anew each time. Ask why a launch writes a weight;
  the argument is probably bound to the wrong buffer.

## Whether it worked

Run the same prompt twice on one deployment, and another in between. All passes must agree to the bit with those of a
plan that keeps the buffer on the host.
`;
