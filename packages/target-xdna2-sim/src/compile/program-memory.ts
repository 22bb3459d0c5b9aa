import type { MicrokernelSignature } from '@tilewright/spec';
import type { Step } from '../machine/machine.ts';
import { unrolledCopies } from '../machine/unrolled-loop.ts';

/**
 * Bytes of control code, a rough guess until a compiler is asked: start-up and runtime once, then
 * per construct a few 16-byte instruction bundles [assumption].
 */
const CONTROL_BYTES = { program: 1024, loop: 64, lock: 16, advance: 16, call: 32, argument: 16, cascade: 64 };

/** Program memory of a core: each microkernel once, and the control around the calls. */
export function programBytes(steps: readonly Step[], microkernels: ReadonlyMap<string, MicrokernelSignature>): number {
  const called = new Set<string>();
  const bytes = CONTROL_BYTES.program + controlBytes(steps, called);
  return [...called].reduce((sum, name) => sum + (microkernels.get(name)?.programBytes ?? 0), bytes);
}

function controlBytes(steps: readonly Step[], called: Set<string>): number {
  let bytes = 0;
  for (const step of steps) {
    if (step.kind === 'loop') {
      // The compiler unrolls a ping-pong loop by two, and what remains of it once.
      const bodies = step.body.some(isDoubled) ? unrolledCopies(step.extent) : 1;
      bytes += CONTROL_BYTES.loop + bodies * controlBytes(step.body, called);
    } else if (step.kind === 'call') {
      called.add(step.microkernel);
      const values = Object.keys(step.operands).length + Object.keys(step.parameters).length;
      bytes += CONTROL_BYTES.call + values * CONTROL_BYTES.argument;
    } else if (step.kind === 'transfer') bytes += CONTROL_BYTES.cascade;
    else if (isDoubled(step)) bytes += CONTROL_BYTES.advance;
    else bytes += CONTROL_BYTES.lock;
  }
  return bytes;
}

function isDoubled({ kind }: Step): boolean {
  return kind === 'advance' || kind === 'select';
}
