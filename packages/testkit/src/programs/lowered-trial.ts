import type { LoweredDispatch, LoweredPlan, Program } from '@tilewright/spec';

/** A lowered plan of these programs, one dispatch each, called `prefill/<name>`, for whichever device. */
export function loweredTrial(device: string, programs: Readonly<Record<string, Program>>): LoweredPlan {
  return {
    specificationVersion: 'v1',
    device,
    dispatches: Object.entries(programs).map(
      ([step, program]): LoweredDispatch => ({
        id: `prefill/${step}`,
        section: 'prefill',
        step,
        program,
        buffers: program.arguments.map((argument) => argument.name),
      }),
    ),
  };
}
