import type { ModelRule } from '../policy/policy.ts';
import { type ChoiceComparison, compareChoices } from '../statistics/choices.ts';
import type { Ledger } from './ledger.ts';

interface Run {
  readonly name: string;
  identical: number;
  divergence: ChoiceComparison | null;
}

/** Compares the tokens that two sides choose greedily, up to the first at which they differ. */
export class GreedyComparison {
  readonly #rule: ModelRule;
  readonly #runs: Run[] = [];

  constructor(rule: ModelRule) {
    this.#rule = rule;
  }

  /** Begins a run. `add` takes the logits of one step. */
  start(name: string): { add(ours: Float32Array, reference: Float32Array): void } {
    const run: Run = { name, identical: 0, divergence: null };
    this.#runs.push(run);
    return {
      add: (ours, reference) => {
        if (run.divergence === null) this.#add(run, ours, reference);
      },
    };
  }

  #add(run: Run, ours: Float32Array, reference: Float32Array): void {
    const choices = compareChoices(reference, ours, this.#rule.topK, this.#rule.tieWidth);
    if (choices.isSame) run.identical++;
    else run.divergence = choices;
  }

  /** Books, per run, how many tokens were the same and what the first difference looked like. */
  book(ledger: Ledger): void {
    const { topK: k, firstDifferencePreference } = this.#rule;
    for (const { name, identical, divergence } of this.#runs) {
      const end = Number.MAX_SAFE_INTEGER;
      ledger.figure(
        { name: `identical greedy tokens, ${name}`, value: identical, unit: 'tokens', limit: null },
        'divergence',
        end,
      );
      if (divergence === null) continue;
      ledger.figure(
        {
          name: `oracle's preference at the first difference, ${name}`,
          value: divergence.preference,
          unit: "of the logits' spread",
          limit: { at: 'most', value: firstDifferencePreference },
        },
        'divergence',
        end,
      );
      ledger.figure(
        {
          name: `both choices in the other's top ${k} at the first difference, ${name}`,
          value: divergence.isMutual ? 1 : 0,
          unit: '',
          limit: { at: 'least', value: 1 },
        },
        'divergence',
        end,
      );
    }
  }
}
