import { BYTES_PER_ELEMENT, type Target } from '@tilewright/spec';
import { tamperedTarget } from './tampered-target.ts';

/** A target that writes behind the end of an argument, where its buffer object has room. */
export function overrunningOutputs(target: Target): Target {
  return tamperedTarget(target, {
    session: () => ({
      run: async (run) => {
        const report = await run.execute();
        for (const index of run.written) {
          const argument = run.program.arguments[index];
          if (argument === undefined) continue;
          const end = argument.elements * BYTES_PER_ELEMENT[argument.format];
          const held = await run.read(index);
          held.fill(0, end);
          await run.write(index, held);
        }
        return report;
      },
    }),
  });
}
