import { type BufferObject, CompileError, type RuntimeFault, seededRandom, TilewrightError } from '@tilewright/spec';
import { addProgram, twoAddsProgram } from '../../programs/add-program.ts';
import { copyProgram, transposeProgram, unfedProgram } from '../../programs/copy-program.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { ensure, ensureRejects, rejectionOf, settled } from '../ensure.ts';
import {
  allocateArguments,
  floatsOf,
  runTrial,
  type TargetFactory,
  wholeNumbers,
  withSession,
} from './trial-session.ts';

const copy = copyProgram({ steps: 256, tile: 256 });
const smallCopy = copyProgram({ steps: 2, tile: 256 });
const transpose = transposeProgram(2, 8, 16);
const add = addProgram({ tiles: 2, steps: 3, tile: 64 });
const twoAdds = twoAddsProgram({ tiles: 2, steps: 2, tile: 64 });

/** A hang must be noticed sooner than this. */
const HANG_LIMIT_MS = 60_000;

/** Runs compute what their Programs mean. */
export function resultCases(make: TargetFactory): readonly ConformanceCase[] {
  return [
    {
      name: 'a copy through L2 keeps all 65,536 patterns of 16 bits, NaNs too',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const input = Uint16Array.from({ length: 65_536 }, (_, index) => index);
          const [output] = (await runTrial(session, 'copy', copy, [input])).outputs as [Uint16Array];
          const wrong = output.findIndex((word, index) => word !== index);
          ensure(wrong < 0, `Pattern ${wrong} came out as ${output[wrong]}: a DMA reorders and never converts.`);
        }),
    },
    {
      name: 'an access pattern reorders: pairs transposed as they leave L2',
      run: () =>
        withSession(make, { transpose }, async (session) => {
          const [steps, rows, columns] = [2, 8, 16];
          const input = Uint16Array.from({ length: steps * rows * columns * 2 }, (_, index) => index);
          const [output] = (await runTrial(session, 'transpose', transpose, [input])).outputs as [Uint16Array];
          for (let index = 0; index < output.length; index++) {
            const within = index % (rows * columns * 2);
            const column = Math.floor(within / (rows * 2));
            const row = Math.floor(within / 2) % rows;
            const expected = index - within + (row * columns + column) * 2 + (index % 2);
            ensure(output[index] === expected, `Element ${index} is ${output[index]} instead of ${expected}.`);
          }
        }),
    },
    {
      name: 'an add of whole numbers is exact on every core and in every step',
      run: () =>
        withSession(make, { add }, async (session) => {
          const random = seededRandom(1);
          const elements = add.arguments[0]?.elements ?? 0;
          const [a, b] = [wholeNumbers(random, elements), wholeNumbers(random, elements)];
          const [c] = (await runTrial(session, 'add', add, [a, b])).outputs as [Uint16Array];
          ensureSums(floatsOf(c), floatsOf(a), floatsOf(b), 1);
        }),
    },
    {
      name: 'launches run in order and hand on what lies in DDR between them',
      run: () =>
        withSession(make, { twoAdds }, async (session) => {
          const random = seededRandom(2);
          const elements = twoAdds.arguments[0]?.elements ?? 0;
          const [a, b] = [wholeNumbers(random, elements), wholeNumbers(random, elements)];
          const outputs = (await runTrial(session, 'twoAdds', twoAdds, [a, b])).outputs as [Uint16Array, Uint16Array];
          ensureSums(floatsOf(outputs[1]), floatsOf(a), floatsOf(b), 2);
        }),
    },
    {
      name: 'the same run again gives the same bits',
      run: () =>
        withSession(make, { add }, async (session) => {
          const inputs = awkwardInputs(3);
          const [first] = (await runTrial(session, 'add', add, inputs)).outputs as [Uint16Array];
          const [again] = (await runTrial(session, 'add', add, inputs)).outputs as [Uint16Array];
          ensureSameBits(again, first, 'the second run', 'the first');
        }),
    },
    {
      name: 'literal and fast execution agree to the bit',
      run: async () => {
        const inputs = awkwardInputs(4);
        const [literal, fast] = await Promise.all(
          (['literal', 'fast'] as const).map((execution) =>
            withSession(
              make,
              { add },
              async (session) => (await runTrial(session, 'add', add, inputs)).outputs[0] as Uint16Array,
              { execution },
            ),
          ),
        );
        ensureSameBits(fast as Uint16Array, literal as Uint16Array, 'fast', 'literal');
      },
    },
    {
      name: 'runs that are not awaited one by one do not disturb each other',
      run: () =>
        withSession(make, { add }, async (session) => {
          const trials = [11, 12, 13].map((seed) => {
            const random = seededRandom(seed);
            const elements = add.arguments[0]?.elements ?? 0;
            return [wholeNumbers(random, elements), wholeNumbers(random, elements)] as const;
          });
          const results = await Promise.all(trials.map((inputs) => runTrial(session, 'add', add, inputs)));
          for (const [index, { outputs }] of results.entries()) {
            const [a, b] = trials[index] as readonly [Uint16Array, Uint16Array];
            ensureSums(floatsOf(outputs[0] as Uint16Array), floatsOf(a), floatsOf(b), 1);
          }
        }),
    },
    {
      name: 'a dispatch that is not in the plan is refused',
      run: () =>
        withSession(make, { copy: smallCopy }, async (session) => {
          const buffers = await allocateArguments(session, smallCopy);
          await ensureRejects(session.run('prefill/absent', buffers), 'An unknown dispatch');
        }),
    },
    {
      name: 'too few buffers, and buffers that are too small, are refused',
      run: () =>
        withSession(make, { copy: smallCopy }, async (session) => {
          const [input] = (await allocateArguments(session, smallCopy)) as [BufferObject];
          const short = await session.allocate({ name: 'short', bytes: input.bytes / 2 });
          await ensureRejects(session.run('prefill/copy', [input]), 'A run with one buffer of two');
          await ensureRejects(session.run('prefill/copy', [input, short]), 'A run whose output buffer is too small');
        }),
    },
    {
      name: 'a channel that nobody fills ends as a fault that says who waits',
      run: async () => {
        const unfed = unfedProgram({ steps: 2, tile: 256 });
        for (const execution of ['literal', 'fast'] as const) {
          const attempt = withSession(
            make,
            { unfed },
            async (session) => session.run('prefill/unfed', await allocateArguments(session, unfed)),
            { execution },
          );
          const error = await rejectionOf(settled(attempt, HANG_LIMIT_MS, 'The hanging run'), 'A run that cannot end');
          // A compiler may see it coming, and then says so as any broken limit.
          if (!(error instanceof CompileError)) ensureTimeout(error);
        }
      },
    },
  ];
}

function ensureTimeout(error: unknown): void {
  ensure(
    TilewrightError.isInstance(error) && error.code === 'runtime-fault',
    `It ends with "${error instanceof Error ? error.message : error}"; it must be a RuntimeFault.`,
  );
  const { kind, dump } = error as RuntimeFault;
  ensure(kind === 'timeout', `The fault is of kind ${kind} instead of timeout.`);
  ensure(
    dump.actors.some(({ state, waitsOn }) => state === 'waiting' && waitsOn !== null && waitsOn !== ''),
    'The dump names nobody who waits, and on what.',
  );
}

/** Operands over many binades and of both signs, so that rounding has something to do. */
function awkwardInputs(seed: number): readonly [Uint16Array, Uint16Array] {
  const random = seededRandom(seed);
  const elements = add.arguments[0]?.elements ?? 0;
  const words = (): Uint16Array =>
    Uint16Array.from({ length: elements }, () => random.integer(0, 2) * 0x8000 + random.integer(0x3000, 0x4800));
  return [words(), words()];
}

function ensureSums(c: Float32Array, a: Float32Array, b: Float32Array, factor: number): void {
  const wrong = c.findIndex((value, index) => value !== (a[index] as number) + factor * (b[index] as number));
  const sum = (a[wrong] as number) + factor * (b[wrong] as number);
  ensure(wrong < 0, `Element ${wrong} is ${c[wrong]} instead of ${sum}.`);
}

function ensureSameBits(got: Uint16Array, expected: Uint16Array, gotName: string, expectedName: string): void {
  const wrong = got.findIndex((word, index) => word !== expected[index]);
  ensure(
    wrong < 0,
    `Element ${wrong} has the bits 0x${got[wrong]?.toString(16)} in ${gotName} and 0x${expected[wrong]?.toString(16)} in ${expectedName}.`,
  );
}
