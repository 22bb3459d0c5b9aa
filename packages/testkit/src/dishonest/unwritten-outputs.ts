import { BYTES_PER_ELEMENT, type Target } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/** A target that leaves the last quarter of each output as it was before the run: a kernel that stops early. */
export function unwrittenOutputs(target: Target): Target {
  return tamperedTarget(target, {
    session: () => ({
      run: async (run) => {
        const before: Uint8Array[] = [];
        for (const index of run.written) before.push(await run.read(index));
        const report = await run.execute();
        for (const [at, index] of run.written.entries()) {
          const argument = run.program.arguments[index];
          if (argument === undefined) continue;
          const bytes = BYTES_PER_ELEMENT[argument.format];
          const from = bytes * Math.floor((3 * argument.elements) / 4);
          const mixed = await run.read(index);
          mixed.set((before[at] as Uint8Array).subarray(from, bytes * argument.elements), from);
          await run.write(index, mixed);
        }
        return report;
      },
    }),
  });
}
