import type { DeviceModel, Estimate, Program, TimePart } from '@tilewright/spec';
import { XDNA2 } from '../device/xdna2.ts';
import { CONSTANTS } from './constants.ts';
import { loadTime } from './load-time.ts';
import { programLoad } from './program-load.ts';

/**
 * The time between start and end of one dispatch, from its Program and the constants alone. This is
 * what the published rows time; the host's work around it is not in it.
 */
export function estimateProgram(program: Program, device: DeviceModel = XDNA2): Estimate {
  return summed(loadTime(programLoad(program), CONSTANTS, device.clockMegahertz));
}

/** The same with the host's work of submitting it; copies and syncs of buffers are still not in it. */
export function estimateDispatch(program: Program, device: DeviceModel): Estimate {
  return summed([
    { name: 'dispatch overhead', us: CONSTANTS.dispatchUs },
    ...loadTime(programLoad(program), CONSTANTS, device.clockMegahertz),
  ]);
}

function summed(parts: readonly TimePart[]): Estimate {
  const us = parts.reduce((sum, part) => sum + part.us, 0);
  const binding = parts.reduce((largest, part) => (part.us > largest.us ? part : largest));
  return { kind: 'estimate', us, parts, boundBy: binding.name.replace(/^.*: /, '') };
}
