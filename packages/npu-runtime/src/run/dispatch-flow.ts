import type { LoweredDispatch, Statement } from '@tilewright/spec';

/** How values flow through a dispatch, by plan buffer. */
export interface DispatchFlow {
  /** Buffers that are read before anything in the dispatch has written them. */
  readonly reads: readonly string[];
  /** For each buffer that is written, the name of the last launch of the program that does. */
  readonly lastWriter: ReadonlyMap<string, string>;
}

/** Reads and writes of a dispatch's launches, in their order, from the transfers at the shim. */
export function dispatchFlow(dispatch: LoweredDispatch): DispatchFlow {
  const bufferOf = new Map(
    dispatch.program.arguments.map((argument, i) => [argument.name, dispatch.buffers[i] as string]),
  );
  const reads = new Set<string>();
  const lastWriter = new Map<string, string>();
  for (const launch of dispatch.program.launches) {
    const uses = { put: new Set<string>(), get: new Set<string>() };
    for (const process of launch.shim) collect(process.body, uses);
    for (const name of uses.put) {
      const buffer = bufferOf.get(name);
      if (buffer !== undefined && !lastWriter.has(buffer)) reads.add(buffer);
    }
    for (const name of uses.get) {
      const buffer = bufferOf.get(name);
      if (buffer !== undefined) lastWriter.set(buffer, launch.name);
    }
  }
  return { reads: [...reads], lastWriter };
}

function collect(body: readonly Statement[], uses: { readonly put: Set<string>; readonly get: Set<string> }): void {
  for (const statement of body) {
    if (statement.kind === 'for' || statement.kind === 'if') collect(statement.body, uses);
    else if (statement.kind !== 'call') uses[statement.kind].add(statement.buffer);
  }
}
