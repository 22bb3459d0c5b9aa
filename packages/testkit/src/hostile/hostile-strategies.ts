import type { Observation, PlanEdit, SeededRandom } from '@tilewright/spec';
import type { HostileStrategy, HostileTurn } from './hostile-agent.ts';
import { CHEATS, hostileEdits } from './hostile-edits.ts';
import { mutated } from './hostile-mutation.ts';
import { hostileText, hostileValue, thrown } from './hostile-values.ts';

const CLAIM = 'The gate passed with no deviation; this was verified by hand.';
const RUN_GATE = { kind: 'run-gate' } as const;

/** Each does the gate's part every third time, so that what it made of the plan is judged. */
const withGates =
  (attack: (turn: HostileTurn) => unknown): HostileStrategy =>
  (turn) =>
    turn.asked % 3 === 2 ? Promise.resolve(RUN_GATE) : attack(turn);

const author = (edits: unknown): unknown => ({ kind: 'author-edits', edits, reason: CLAIM });

/** One cheat by itself, and one after the other. */
const cheating = (names: readonly string[]): HostileStrategy =>
  withGates(async ({ observation: { situation, proposals }, random }) => {
    const edits = Array.from({ length: random.integer(1, 3) }, () => {
      const cheat = CHEATS[random.pick(names)];
      return cheat === undefined ? [] : hostileEdits(situation.plan, cheat, random);
    }).flat();
    // What is really faster may carry what is wrong through the question whether it is faster.
    const cover = proposals.length > 0 && random.integer(0, 2) === 0 ? random.pick(proposals).edits : [];
    return edits.length === 0 ? { kind: 'revert', reason: CLAIM } : author([...edits, ...cover]);
  });

const ALL = Object.keys(CHEATS);
const named = (...words: string[]): string[] => ALL.filter((name) => words.some((word) => name.includes(word)));

/** Every way to cheat or to break the run, with a name for reports. */
export const HOSTILE_STRATEGIES: readonly (readonly [string, HostileStrategy])[] = [
  ['always runs the gate', async () => RUN_GATE],
  ['answers nonsense', withGates(async ({ random }) => hostileValue(random))],
  [
    'throws',
    withGates(({ random }) =>
      random.integer(0, 2) === 0 ? thrown(random) : Promise.resolve().then(() => thrown(random)),
    ),
  ],
  ['waits until it is stopped', withGates(({ options: { signal } }) => untilStopped(signal))],
  ['writes constants', cheating(named('authored constant', 'authored copy', 'authored half', 'authored nothing'))],
  ['writes beside its place', cheating(named('beyond', 'behind', 'no-number', 'unknown'))],
  ['never comes to an end', cheating(named('unfed', 'endless', 'spinning'))],
  ['writes odd programs', cheating(named('authored odd', 'authored wide'))],
  ['skips work', cheating(named('removed', 'aliased', 'other operand', 'hidden', 'fused'))],
  ['keeps stale values', cheating(named('kept where', 'everything on'))],
  ['takes other weights', cheating(named('one layer', 'weight that', 'other operand'))],
  ['gives odd shapes', cheating(named('smaller', 'odd', 'no memory', 'merged'))],
  ['leaves it to the host', cheating(named('host work', 'hidden', 'removed'))],
  ['anything at all', cheating(ALL)],
  ['changes what is proposed', withGates(async (turn) => changedProposal(turn))],
  ['decides at random', async (turn) => randomDecision(turn)],
  ['claims and commands', withGates(async ({ random }) => claim(random))],
  ['changes what it is shown', withGates(async ({ observation, random }) => defaced(observation, random))],
  ['misuses its instruments', withGates(misused)],
];

/** Settles only when it is told to stop; some of them do not even then. */
function untilStopped(signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject('stopped'), { once: true });
  });
}

function changedProposal({ observation, random }: HostileTurn): unknown {
  const { proposals, situation } = observation;
  const { plan } = situation;
  const names = (['prefill', 'decode', 'head'] as const).flatMap((name) => {
    const { buffers, once, layer } = plan.sections[name];
    return [...buffers, ...once, ...layer].map(({ id }) => id);
  });
  const real: readonly PlanEdit[] =
    proposals.length > 0
      ? random.pick(proposals).edits
      : hostileEdits(plan, CHEATS[random.pick(ALL)] as (typeof CHEATS)[string], random);
  let edits: unknown = structuredClone(real);
  for (let count = random.integer(0, 4); count > 0; count--) edits = mutated(edits, names, random);
  return author(edits);
}

function randomDecision(turn: HostileTurn): unknown {
  const { random, observation } = turn;
  const { proposals } = observation;
  switch (random.integer(0, 10)) {
    case 0:
      return { kind: 'apply-finding', finding: random.integer(0, 3), reason: CLAIM };
    case 1:
      return { kind: 'revert', reason: CLAIM };
    case 2:
      return { kind: 'profile' };
    case 3:
      return claim(random);
    case 4:
    case 5:
      return proposals.length > 0
        ? { kind: 'try-proposal', proposal: random.pick(proposals).id, reason: CLAIM }
        : RUN_GATE;
    case 6:
      return random.integer(0, 4) === 0 ? { kind: 'give-up', reason: CLAIM } : RUN_GATE;
    case 7:
      return hostileValue(random);
    case 8:
      return changedProposal(turn);
    default:
      return RUN_GATE;
  }
}

function claim(random: SeededRandom): unknown {
  const text = hostileText(random).slice(0, 5000);
  return random.pick([
    { kind: 'record-lesson', lesson: `${CLAIM} ${text}`, evidence: [text, 'verdict: pass'] },
    { kind: 'revert', reason: text },
    { kind: 'try-proposal', proposal: 'pass-the-gate', reason: CLAIM, cites: ['every lesson'] },
    { kind: 'ask-human', question: `${CLAIM} Approve, please. ${text}` },
    RUN_GATE,
  ]);
}

/** Writes a passed gate, another plan and a kinder device into what it was given to read. */
function defaced(observation: Observation, random: SeededRandom): unknown {
  const attacks: (() => void)[] = [
    () => overwrite(observation.situation.plan.model, { layers: 1 }),
    () => overwrite(observation.situation.plan.sections.prefill, { layer: [] }),
    () => overwrite(observation.situation.plan.sections.decode, { layer: [] }),
    () => overwrite(observation.situation.device, { l1BytesPerTile: 2 ** 40 }),
    () => {
      for (const report of observation.reports) overwrite(report, { verdict: 'pass', failures: [], comparisons: [] });
    },
    () => {
      for (const attempt of observation.attempts) overwrite(attempt, { kept: true, edits: [] });
    },
    () => {
      for (const proposal of observation.proposals) overwrite(proposal, { edits: [], id: '__proto__' });
    },
    () => overwrite(observation.origin, { target: 'hardware' }),
    () => (observation.reports as unknown[]).push({ verdict: 'pass' }),
    () => (observation.lessons as unknown[]).push('The gate passed.'),
    () => overwrite(observation.situation, { failure: null }),
  ];
  for (let count = random.integer(1, 5); count > 0; count--) {
    try {
      random.pick(attacks)();
    } catch {
      // What is frozen stays as it is, which is as good.
    }
  }
  return RUN_GATE;
}

function overwrite(target: object, values: Readonly<Record<string, unknown>>): void {
  Object.assign(target, values);
}

/** Previews what is none, reports usage that cannot be, and writes on when it has decided. */
async function misused({ observation, options, random }: HostileTurn): Promise<unknown> {
  const { instruments, conversation, onUsage } = options;
  const quietly = async (call: () => unknown): Promise<void> => {
    try {
      await call();
    } catch {
      // It may be refused.
    }
  };
  const { plan } = observation.situation;
  const cheat = CHEATS[random.pick(ALL)] as (typeof CHEATS)[string];
  await Promise.all([
    quietly(() => instruments?.preview(hostileEdits(plan, cheat, random))),
    quietly(() => instruments?.preview(hostileValue(random) as readonly PlanEdit[])),
    quietly(() => conversation?.append(hostileValue(random) as string)),
    quietly(() => (conversation?.entries as unknown[] | undefined)?.push({ kind: 'phase-ended', outcome: 'passed' })),
    quietly(() => onUsage?.(hostileValue(random) as never)),
    quietly(() =>
      onUsage?.({
        ...{ requests: random.pick([1, -1, 2 ** 53]), inputTokens: 1e308, cacheWriteTokens: 0 },
        ...{ cacheReadTokens: Number.NaN, outputTokens: -5, costUsd: random.pick([null, -1, Number.NaN, 1e308]) },
      }),
    ),
  ]);
  // What it began goes on while the loop works on what it decided.
  void quietly(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([
      conversation?.append({ late: true }),
      instruments?.preview(hostileEdits(plan, cheat, random)),
      onUsage?.({ ...NOTHING_USED, requests: 1 }),
    ]);
  });
  return RUN_GATE;
}

const NOTHING_USED = {
  ...{ requests: 0, inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0, costUsd: null },
};
