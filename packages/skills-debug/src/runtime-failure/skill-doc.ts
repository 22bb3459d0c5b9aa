// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: runtime-failure
description: Explains a dispatch that hangs on the NPU from its fault dump, by finding the channel that nobody fills or empties, and one that ends with wrong numbers because its cores are out of step with their DMA. Use when a run ends with a runtime fault of kind timeout, or when a gate fails with wrong values and every run fails the same way.
license: Apache-2.0
---

# Runtime failure

On a spatial array everything waits for something: a core for a lock, a DMA for a lock or for its stream. When nothing
moves any more, the run ends as a timeout with a dump of who waits on what.

## How to read the dump

1. Take the actors that wait. Set aside those that wait on locks: the DMA of the same tile should release them, so they
   wait because it does.
2. Of those that wait on a channel, look first for one of which the dump says that there is no put, or no get. It
   explains all others.
3. Otherwise look at the elements: as many taken as put means that the channel ran dry, and its producer stopped too
   early; more put than taken means that it is full, and its consumer stopped too early. Of several, the one that moved
   least is where it began.
4. Open the Program of the dispatch and add up the elements that are put on the channel and taken from it over all
   iterations: sizes of the access pattern times the loops around it times the launch's grid. They must agree. The usual
   causes are a loop with one trip too few, a put under a condition that never holds, and a channel index that misses a
   core.

5. The dump's chain says who waits for whom, to the one whom nobody lets go on or in a circle. A circle means that each
   wants the other's data before it sends its own.
6. A shim channel that waits for a task which a full queue lost: the instruction stream pushed more than six tasks of a
   batch at once. Issue them paced, or use smaller batches.

## Wrong numbers without a fault

The compiler unrolls the innermost loop of a core over doubled buffers by two. An odd trip count leaves a remainder with
a third buffer. The ring of the DMA goes through the three in turn and the core does not, so above three trips it computes
on other data than was sent. Nothing hangs and nothing is reported. Look for such loops in the launch that the gate names
first: five, nine or fifteen steps where an even number would do.

## What to change

- A kernel of the registry: \`set-kernel\` with its next legal configuration. Small query tiles of the attention are known
  to hang for a reason that nobody has published.
- A loop out of step: another step, so that the count is even or at most three, or ping-pong in L2 only.
- An authored kernel: correct its Program. There is no edit that could guess what was meant.

## Whether it worked

The dispatch ends, and the kernel's gate passes. If it hangs in the same place, the configuration was not the cause: say
what is known and ask the human.
`;
