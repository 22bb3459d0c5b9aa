import { BYTES_PER_ELEMENT, type FaultDump, type Program, RuntimeFault } from '@tilewright/spec';

/** A fault before anything ran has nothing to show. */
const EMPTY_DUMP: FaultDump = { actors: [], locks: [], channels: [] };

/**
 * The program's arguments as 32-bit words of the given device memories, in order. Each memory starts
 * on a word; one that is too short, or a wrong number of them, is a `RuntimeFault` `invalid-access`.
 */
export function ddrArguments(dispatch: string, program: Program, memories: readonly Uint8Array[]): Int32Array[] {
  if (memories.length !== program.arguments.length) {
    throw new RuntimeFault(
      'invalid-access',
      dispatch,
      `${dispatch} takes ${program.arguments.length} buffers and got ${memories.length}.`,
      EMPTY_DUMP,
    );
  }
  return program.arguments.map((argument, index) => {
    const memory = memories[index];
    const bytes = argument.elements * BYTES_PER_ELEMENT[argument.format];
    if (memory.byteLength < bytes) {
      throw new RuntimeFault(
        'invalid-access',
        dispatch,
        `${dispatch}: argument ${argument.name} is ${bytes} bytes and its buffer has ${memory.byteLength}.`,
        EMPTY_DUMP,
      );
    }
    // Device memory is allocated in whole words, so a last odd element has its word too.
    return new Int32Array(memory.buffer, memory.byteOffset, Math.ceil(bytes / 4));
  });
}
