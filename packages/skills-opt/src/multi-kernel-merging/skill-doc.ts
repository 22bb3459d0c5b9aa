// Made from SKILL.md by npm run embed-skill-documents.
export const SKILL_DOC: string = `---
name: multi-kernel-merging
description: Merges dispatches that follow each other into one with several launches, and keeps the values between them on the NPU. Use when a plan runs one kernel per dispatch, or when submissions and the copies between dispatches take a noticeable share of prefill or decode.
license: Apache-2.0
---

# Multi-kernel merging

A dispatch is one submission from the host. Each costs about 0.12 ms, and a value that one dispatch hands to the next
goes through the host unless it is kept on the device. Several launches in one dispatch cost one submission.

## When it applies

1. Look at the steps of a section, \`once\` and \`layer\` apart. Find runs of at least two dispatches with no host step
   between them.
2. Leave \`flash-attention\` alone: it has always been a dispatch of its own, because compiling it together with others
   takes too long.
3. A dispatch should have at most twelve launches, the most that was stitched in a published deployment. Count the
   launches of the lowered programs: some kernels have two. Cut longer runs.

For a naive prefill layer this leaves three dispatches: norm to RoPE, attention, output projection to the last add. A
decode layer is left with two, around the attention on the host.

## What to change

1. One \`merge-dispatches\` edit with the dispatches in order and a new id.
2. For each buffer that only launches of the merged dispatch touch, and that is written whole before it is read, one
   \`set-residency\` edit: residency \`device\`, role \`intermediate\`.

## What not to do

- Do not merge across a host step: it would run at the wrong time.
- Do not merge dispatches of \`once\` with those of \`layer\`.

## Whether it worked

Launches of a dispatch run strictly in order, each as its own configuration of the array, so results must not change
by a bit. A merged dispatch pays for configuring the array at every launch; where the launches are short that can cost
more than the submissions did. Compare the time before and after and keep the edits if it fell by at least one per cent.
If not, try a smaller group. \`split-dispatch\` takes a merge back.
`;
