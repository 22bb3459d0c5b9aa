// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: routing-congestion
description: Explains a plan that does not compile because too many streams want the same column, shim tile, memtile or core. Use when compile diagnostics say routing-congested or that DMA channels of shim, memtile or core are exceeded.
license: Apache-2.0
---

# Routing congestion

Every stream takes a DMA channel at both ends and a wire between all tiles on its way. A shim tile has two channels in
each direction, a memtile six, a core two, and switches have four to six wires to each neighbour.

## How to read the diagnostics

1. \`shim-channels-exceeded\`: the launch has more streams to or from DDR than the columns have channels. Kernels without
   L2 take one per core and input. Largest herd = channels of the array / inputs of a core; a broadcast operand counts
   once.
2. \`memtile-channels-exceeded\`: too many streams meet in one column's memtile, usually outputs of all rows.
3. \`core-channels-exceeded\`: a third input of a core. Pack it into another operand, or let two share a channel in turn.
4. \`routing-congested\`: the channels suffice, and the wires of a column do not. The message names the streams.

## What to change

- A kernel of the registry: \`set-kernel\` with a legal configuration that has fewer streams, which means fewer columns,
  rows or heads side by side. Take the first such in the kernel's order: best first.
- An authored kernel: broadcast instead of sending copies, stage in the memtile, or place the producers under the
  columns of their consumers.

## Whether it worked

The plan compiles. Fewer streams usually take longer: look at the time before settling, and try the next configuration.
`;
