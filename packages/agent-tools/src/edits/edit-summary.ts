/** The fields of every kind of edit, for the description of the tools that take them. */
export const EDIT_SUMMARY = `Every edit has "kind" and "section" (prefill, decode or head), and:
- merge-dispatches: dispatches: string[] (2 or more, in order, side by side, no host step between), into: string (id of the merged one)
- split-dispatch: dispatch, into: {id, launches: string[]}[]
- set-residency: buffer, residency: host | device, role: input | static | intermediate | output
- set-layout: buffer, layout: {order: sequence-first | heads-first, rows, heads, columns: {segments, size, paddedSize, total}}
- set-kernel: launch, kernel
- fuse-launches: launches: string[] (2 or more, in order), into: {id, kernel, arguments: {name: buffer}, computes: tap | null, inside?: tap[]}
- bind-argument: launch, argument, buffer
- add-buffer: buffer: {id, role, residency, scope: model | layer, format, layout, content}
- remove-buffer: buffer
- insert-step: part: once | layer, index, step
- remove-step: part, step
kernel is {origin: "registry", name, version, shape, config, basis: {kind: "edited", by: "agent"}} or
{origin: "authored", name, program}. show_edit_format gives the exact schema and an example of a kind, of "program", and the microkernels.`;
