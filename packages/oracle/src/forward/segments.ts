import type { OpNode } from '@tilewright/spec';

/** Consecutive ops of a layer that are computed together. */
export interface Segment {
  readonly ops: readonly OpNode[];
  /** Which of their outputs something after them reads, or the layer yields. */
  readonly needed: ReadonlySet<string>;
}

/** Each op alone: the readable implementation. */
export function singleOps(ops: readonly OpNode[]): readonly Segment[] {
  return ops.map((op) => ({ ops: [op], needed: new Set([op.output]) }));
}

/** All that lies between two attentions in one: what no tap asks for is then never stored. */
export function fusedOps(ops: readonly OpNode[]): readonly Segment[] {
  const runs: OpNode[][] = [];
  ops.forEach((op, i) => {
    const startsAnew = i === 0 || op.kind === 'attention' || ops[i - 1].kind === 'attention';
    if (startsAnew) runs.push([]);
    runs[runs.length - 1].push(op);
  });
  return runs.map((run) => {
    const after = ops.slice(ops.indexOf(run[run.length - 1]) + 1);
    const read = new Set(after.flatMap(({ inputs }) => inputs));
    const needed = run.filter(({ output }) => read.has(output) || output === ops[ops.length - 1].output);
    return { ops: run, needed: new Set(needed.map(({ output }) => output)) };
  });
}
