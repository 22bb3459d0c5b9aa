import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTILE_STRATEGIES } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostileGround, type HostileOutcome, hostileGround, hostileRun } from './support/hostile-run.ts';

/** `npm run hostile` asks for all seeds from some first one on; a sample has every strategy, begun in every phase. */
const ASKED = process.env.TILEWRIGHT_HOSTILE_COUNT;
const FIRST_SEED = Number(process.env.TILEWRIGHT_HOSTILE_SEED ?? 0);
const COUNT = Number(ASKED ?? HOSTILE_STRATEGIES.length);
/** Has no factor in common with the number of strategies. */
const STRIDE = ASKED === undefined ? 24 : 1;
const SEEDS = Array.from({ length: COUNT }, (_, index) => FIRST_SEED + STRIDE * index);

const scratch = mkdtempSync(join(tmpdir(), 'tilewright-hostile-'));
let ground: HostileGround;
const outcomes: HostileOutcome[] = [];
const stray: unknown[] = [];
const onStray = (reason: unknown): void => void stray.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onStray);
  ground = await hostileGround(scratch);
  expect(ground.honestError).toBeGreaterThan(0);
  expect(ground.honestError).toBeLessThan(0.05);
}, 60_000);

afterAll(async () => {
  process.off('unhandledRejection', onStray);
  await ground?.model.close();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

describe('a hostile agent', () => {
  it(
    `gets nothing wrong accepted and breaks no run, in ${COUNT} runs`,
    async () => {
      for (const seed of SEEDS) {
        const outcome = await hostileRun(seed, ground);
        outcomes.push(outcome);
        rmSync(join(scratch, `run-${seed}`), { recursive: true, force: true });
        if (ASKED !== undefined) console.log(line(outcome));
      }
      if (ASKED !== undefined) console.log(summary());
      const faults = outcomes.flatMap(({ seed, strategy, faults }) =>
        faults.map((fault) => `seed ${seed}, ${strategy}: ${fault}`),
      );
      expect(faults).toEqual([]);
      expect(stray).toEqual([]);
    },
    Math.max(300_000, 30_000 * COUNT),
  );

  it.skipIf(COUNT < HOSTILE_STRATEGIES.length)(
    'is let through where it has done nothing wrong, and held up where it has',
    () => {
      const ends = new Set(outcomes.map(({ end }) => end));
      expect(ends).toContain('deployed');
      expect(ends).toContain('failed');
      const barriers = new Set(outcomes.flatMap(({ stopped }) => Object.keys(stopped)));
      for (const barrier of ['no decision', 'a plan that does not compile', 'not faster', 'a gate', 'a limit']) {
        expect(barriers).toContain(barrier);
      }
    },
  );
});

function line({ seed, strategy, end, verdict, error, changed, elapsedMs, faults }: HostileOutcome): string {
  const accepted =
    error === null ? '' : `, ${verdict ?? 'not judged'}, error ${error.toExponential(2)}${changed ? ', changed' : ''}`;
  return `${seed} ${strategy}: ${end}${accepted} (${elapsedMs.toFixed(0)} ms)${faults.map((fault) => `\n  FAULT ${fault}`).join('')}`;
}

function summary(): string {
  const count = (test: (outcome: HostileOutcome) => boolean): number => outcomes.filter(test).length;
  const ends = [...new Set(outcomes.map(({ end }) => end))].map((end) => `${end} ${count((one) => one.end === end)}`);
  const worst = Math.max(0, ...outcomes.map(({ error }) => error ?? 0));
  const stopped = new Map<string, number>();
  for (const outcome of outcomes) {
    for (const [barrier, times] of Object.entries(outcome.stopped)) {
      stopped.set(barrier, (stopped.get(barrier) ?? 0) + times);
    }
  }
  return [
    `stopped by: ${[...stopped].map(([barrier, times]) => `${barrier} ${times}`).join(', ')}`,
    `${outcomes.length} runs: ${ends.join(', ')}`,
    `accepted with a plan that the agent changed: ${count((one) => one.verdict === 'pass' && one.changed)}`,
    `worst error of what was accepted: ${worst.toExponential(2)} (of the plan that nobody changed: ${ground.honestError.toExponential(2)})`,
    `faults: ${count(({ faults }) => faults.length > 0)}`,
  ].join('\n');
}
