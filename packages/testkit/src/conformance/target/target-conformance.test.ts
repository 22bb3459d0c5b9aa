import { CompileError, type Target, type TargetSession } from '@tilewright/spec';
import { describe, expect, test } from 'vitest';
import { TRIAL_FUNCTIONS } from '../../programs/trial-functions.ts';
import { scriptedTarget } from '../../scripted/scripted-target.ts';
import { failingCases } from '../failing-cases.ts';
import { targetConformance } from './target-conformance.ts';

const honest = (): Target => scriptedTarget({ functions: TRIAL_FUNCTIONS });

describe('the scripted target', () => {
  for (const { name, run } of targetConformance(honest)) test(name, run);
});

/** The session of a target with something about it changed. */
function withBrokenSession(change: (session: TargetSession) => Partial<TargetSession>): Target {
  const target = honest();
  return {
    ...target,
    open: async (compiled, options) => {
      const session = await target.open(compiled, options);
      return { ...session, ...change(session) };
    },
  };
}

const BROKEN: Readonly<Record<string, { make: () => Target; caughtBy: RegExp }>> = {
  'a sync that does nothing': {
    make: () => withBrokenSession((session) => ({ sync: async (buffer) => session.sync(buffer, 'from-device') })),
    caughtBy: /keeps every byte/,
  },
  'shared host and device memory': {
    make: () =>
      withBrokenSession((session) => ({
        run: async (id, buffers, options) => {
          for (const buffer of buffers) await session.sync(buffer, 'to-device');
          const report = await session.run(id, buffers, options);
          for (const buffer of buffers) await session.sync(buffer, 'from-device');
          return report;
        },
      })),
    caughtBy: /does not see what/,
  },
  'zeroed device memory': {
    make: () =>
      withBrokenSession((session) => ({
        allocate: async (request) => {
          const buffer = await session.allocate(request);
          await session.sync(buffer, 'to-device');
          return buffer;
        },
      })),
    caughtBy: /poisoned/,
  },
  'an add that is off by a bit': {
    make: () =>
      scriptedTarget({
        functions: {
          ...TRIAL_FUNCTIONS,
          async add(memory, program) {
            await TRIAL_FUNCTIONS.add?.(memory, program);
            const c = memory[2] as Uint8Array;
            c[20] = (c[20] as number) ^ 1;
          },
        },
      }),
    caughtBy: /exact on every core/,
  },
  'a copy that quiets NaNs': {
    make: () =>
      scriptedTarget({
        functions: {
          ...TRIAL_FUNCTIONS,
          copy([input, output]) {
            const from = new Uint16Array((input as Uint8Array).buffer);
            const to = new Uint16Array((output as Uint8Array).buffer);
            to.set(from.map((word) => ((word & 0x7f80) === 0x7f80 && (word & 0x7f) !== 0 ? word | 0x40 : word)));
          },
        },
      }),
    caughtBy: /65,536 patterns/,
  },
  'a fast path of its own': {
    make: () => {
      const target = honest();
      const rounded = scriptedTarget({
        functions: {
          ...TRIAL_FUNCTIONS,
          async add(memory, program) {
            await TRIAL_FUNCTIONS.add?.(memory, program);
            const c = new Uint16Array((memory[2] as Uint8Array).buffer);
            // Whole numbers below 128 end in a zero bit and survive; other sums are rounded away.
            for (let i = 0; i < c.length; i++) c[i] = (c[i] as number) & 0xfffe;
          },
        },
      });
      return { ...target, open: (compiled, o) => (o?.execution === 'fast' ? rounded : target).open(compiled, o) };
    },
    caughtBy: /literal and fast/,
  },
  'only the first diagnostic': {
    make: () => {
      const target = honest();
      return {
        ...target,
        compile: (lowered, options) =>
          target.compile(lowered, options).catch((error: unknown) => {
            throw error instanceof CompileError ? new CompileError(error.diagnostics.slice(0, 1)) : error;
          }),
      };
    },
    caughtBy: /all broken limits/,
  },
  'a refusal in words only': {
    make: () => {
      const target = honest();
      return { ...target, compile: (lowered) => target.compile(lowered).catch(() => Promise.reject(new Error('no'))) };
    },
    caughtBy: /as a CompileError/,
  },
  'an estimate that is called a measurement': {
    make: () => ({ ...honest(), timing: 'measurement' }),
    caughtBy: /kind that the target announces/,
  },
  'an estimate that does not grow': {
    make: () => scriptedTarget({ functions: TRIAL_FUNCTIONS, dispatchUs: () => 100 }),
    caughtBy: /grows with the work/,
  },
  'a deaf ear for cancellation': {
    make: () => {
      const target = honest();
      return { ...target, compile: (lowered) => target.compile(lowered) };
    },
    caughtBy: /give up when they are cancelled/,
  },
  'a session that survives close': {
    make: () => withBrokenSession(() => ({ close: async () => {} })),
    caughtBy: /after close/,
  },
  'a fault without a dump': {
    make: () =>
      scriptedTarget({
        functions: {
          ...TRIAL_FUNCTIONS,
          unfed() {
            throw new Error('timeout');
          },
        },
      }),
    caughtBy: /says who waits/,
  },
};

describe('a broken target', () => {
  for (const [name, { make, caughtBy }] of Object.entries(BROKEN)) {
    test(`${name} is caught`, async () => {
      expect((await failingCases(targetConformance(make))).join('\n')).toMatch(caughtBy);
    });
  }
});
