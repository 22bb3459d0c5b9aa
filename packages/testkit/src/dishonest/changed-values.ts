import { BYTES_PER_ELEMENT, bf16ArrayToF32, f32ArrayToBf16 } from '@tilewright/spec';
import type { TamperedRun } from './tampered-target.ts';

/** Passes every element of what a run wrote through a function. Formats other than bf16 and f32 are left alone. */
export async function changeWritten(run: TamperedRun, change: (value: number, index: number) => number): Promise<void> {
  for (const index of run.written) {
    const argument = run.program.arguments[index];
    if (argument === undefined || (argument.format !== 'bf16' && argument.format !== 'f32')) continue;
    const held = await run.read(index);
    const bytes = held.slice(0, argument.elements * BYTES_PER_ELEMENT[argument.format]);
    if (argument.format === 'bf16') {
      const values = bf16ArrayToF32(new Uint16Array(bytes.buffer));
      const stored = f32ArrayToBf16(values.map(change));
      await run.write(index, new Uint8Array(stored.buffer));
    } else {
      const values = new Float32Array(bytes.buffer).map(change);
      await run.write(index, new Uint8Array(values.buffer));
    }
  }
}
