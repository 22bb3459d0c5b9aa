import type { EditRule } from './edit-rule.ts';
import { fusionSource } from './source/fusion-source.ts';
import { kernelSource } from './source/kernel-source.ts';
import { mergeSource } from './source/merge-source.ts';
import { residencySource } from './source/residency-source.ts';

/** What of a promoted skill's code depends on the kind of its rule. */
export interface RuleSource {
  /** The rule, as constants with what they mean. */
  readonly constants: string;
  /** `placesIn(section, device)`, which finds every place and says what to do there, and what it needs. */
  readonly places: string;
  readonly safety: string;
  /** Names that it takes from the kernel registry, beside those that every rule does. */
  readonly imports: readonly string[];
}

export function ruleSource(rule: EditRule): RuleSource {
  switch (rule.kind) {
    case 'set-kernel':
      return kernelSource(rule);
    case 'merge-dispatches':
      return mergeSource(rule);
    case 'set-residency':
      return residencySource(rule);
    case 'fuse-launches':
      return fusionSource(rule);
  }
}
