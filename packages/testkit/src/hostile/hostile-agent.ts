import { type Agent, type DecideOptions, type Observation, type SeededRandom, seededRandom } from '@tilewright/spec';
import { HOSTILE_STRATEGIES } from './hostile-strategies.ts';

export interface HostileAgent extends Agent {
  readonly strategy: string;
}

/** One time that a hostile agent is asked. */
export interface HostileTurn {
  readonly observation: Observation;
  readonly options: DecideOptions;
  readonly random: SeededRandom;
  /** How often it has been asked before, over all phases. */
  readonly asked: number;
}

/** What it answers, which need not be a decision, nor anything at all; it may also throw whatever it likes. */
export type HostileStrategy = (turn: HostileTurn) => unknown;

/**
 * An agent that wants gates passed without the work being done, or the run to break: one of several strategies by the
 * seed, each drawn further from it. It first gets through a phase or more honestly, so that each is attacked in turn. It
 * never blocks the thread: nothing that runs in one process can be kept from that.
 */
export function hostileAgent(seed: number): HostileAgent {
  const random = seededRandom(seed);
  const [strategy, attack] = HOSTILE_STRATEGIES[
    seed % HOSTILE_STRATEGIES.length
  ] as (typeof HOSTILE_STRATEGIES)[number];
  const firstPhase = 1 + (Math.floor(seed / HOSTILE_STRATEGIES.length) % 5);
  let asked = 0;
  return {
    specificationVersion: 'v1',
    id: 'hostile',
    strategy: `${strategy} from phase ${firstPhase} on`,
    decide(observation, options = {}) {
      const turn = { observation, options, random, asked: asked++ };
      const honest = { kind: 'run-gate' };
      return (observation.situation.phase < firstPhase ? Promise.resolve(honest) : attack(turn)) as ReturnType<
        Agent['decide']
      >;
    },
  };
}
