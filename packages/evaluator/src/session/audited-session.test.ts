import { type BufferObject, f32ArrayToBf16, type Target, type TargetSession } from '@tilewright/spec';
import {
  addProgram,
  loweredTrial,
  overrunningOutputs,
  prefilledOutputs,
  replayedAnswers,
  scriptedTarget,
  TRIAL_FUNCTIONS,
  tamperedTarget,
  twoAddsProgram,
  unwrittenOutputs,
} from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { auditedTarget } from './audited-target.ts';
import { RunAudit } from './run-audit.ts';

const tiling = { tiles: 2, steps: 2, tile: 16 };
const programs = { add: addProgram(tiling), 'two-adds': twoAddsProgram(tiling) };
const ELEMENTS = 64;
const scripted = (): Target => scriptedTarget({ functions: TRIAL_FUNCTIONS });

/** Runs both programs three times, on other inputs each time, and returns the last outputs. */
async function useTarget(target: Target, audit: RunAudit): Promise<Float32Array[]> {
  const watched = auditedTarget(target, audit);
  const session = await watched.open(await watched.compile(loweredTrial(target.device.id, programs)));
  const outputs: Float32Array[] = [];
  for (const [name, program] of Object.entries(programs)) {
    const buffers: BufferObject[] = [];
    for (const { name: argument } of program.arguments) {
      buffers.push(await session.allocate({ name: argument, bytes: 2 * ELEMENTS }));
    }
    for (let turn = 1; turn <= 3; turn++) outputs.push(await runOnce(session, name, buffers, turn));
  }
  await session.close();
  return outputs;
}

async function runOnce(
  session: TargetSession,
  name: string,
  buffers: readonly BufferObject[],
  turn: number,
): Promise<Float32Array> {
  for (const buffer of buffers.slice(0, 2)) {
    buffer.host.set(new Uint8Array(f32ArrayToBf16(new Float32Array(ELEMENTS).fill(turn)).buffer));
    await session.sync(buffer, 'to-device');
  }
  await session.run(`prefill/${name}`, buffers);
  const last = buffers.at(-1) as BufferObject;
  await session.sync(last, 'from-device');
  return Float32Array.from(
    new Uint16Array(last.host.buffer),
    (bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number,
  );
}

describe('auditedSession', () => {
  it('leaves an honest target as it is, and accuses it of nothing', async () => {
    const audit = new RunAudit(5);
    const outputs = await useTarget(scripted(), audit);
    expect(audit.failures).toEqual([]);
    // a + b, and a + b + b.
    expect(outputs.map((values) => [Math.min(...values), Math.max(...values)])).toEqual(
      [2, 4, 6, 3, 6, 9].map((value) => [value, value]),
    );
    // Three runs of each, and two more to probe it.
    expect(audit.runs).toBe(10);
    expect([...audit.probed]).toEqual(['prefill/add', 'prefill/two-adds']);
    // Outputs, and the intermediate of the second program, in every run.
    expect(audit.poisonedElements).toBe(5 * ELEMENTS + 5 * 2 * ELEMENTS);
    const recording = audit.recordings.get('prefill/add');
    expect(recording?.before.map(({ length }) => length)).toEqual([128, 128, 128]);
    expect(audit.times.get('prefill/add')).toMatchObject({ runs: 5, unequalParts: null });
  });

  it.each([
    ['outputs that hold the answer', prefilledOutputs, 'sentinel-overwritten', /does not hold what was written there/],
    [
      'one answer for all',
      (target: Target) => replayedAnswers(target, 1),
      'stale-output',
      /other inputs gave the same/,
    ],
    [
      'answers in turn',
      (target: Target) => replayedAnswers(target, 2),
      'stale-output',
      /earlier run with other inputs/,
    ],
    ['part of the output', unwrittenOutputs, 'stale-output', /were not written by the run/],
    ['memory behind the output', overrunningOutputs, 'sentinel-overwritten', /memory behind c was written to/],
  ] as const)('sees %s', async (_, of, kind, message) => {
    const audit = new RunAudit(5);
    await useTarget(of(scripted()), audit);
    expect(audit.failures).toContainEqual(expect.objectContaining({ kind, message: expect.stringMatching(message) }));
  });

  it('sees an input that a run changes', async () => {
    const audit = new RunAudit(5);
    const changing = tamperedTarget(scripted(), {
      session: () => ({
        run: async (run) => {
          const report = await run.execute();
          await run.write(0, new Uint8Array(2 * ELEMENTS));
          return report;
        },
      }),
    });
    await useTarget(changing, audit);
    expect(audit.failures.map(({ message }) => message)).toContain('a is only read, and has changed');
  });
});
