import type { Plan, PlanEdit } from '@tilewright/spec';
import type { EditRule } from './edit-rule.ts';
import { fusionRules } from './fusion-rule.ts';
import { kernelRules } from './kernel-rule.ts';
import { mergeRules } from './merge-rule.ts';
import { noRule } from './no-rule.ts';
import { residencyRules } from './residency-rule.ts';

type EditOf<Kind extends PlanEdit['kind']> = Extract<PlanEdit, { readonly kind: Kind }>;

/**
 * The rules that edits of a plan may be an example of, the most general first; at least one. `plan` is the one that they
 * were made on. Throws `usage` with the reason where they are an example of nothing but themselves.
 */
export function editRules(edits: readonly PlanEdit[], plan: Plan): readonly [EditRule, ...EditRule[]] {
  const rules = candidates(edits, plan) as readonly [EditRule, ...EditRule[]];
  requirePlainNames(rules);
  return rules;
}

function candidates(edits: readonly PlanEdit[], plan: Plan): readonly EditRule[] {
  const [first, ...others] = edits;
  if (first === undefined) throw noRule('there are none');
  if (areAll(edits, 'set-kernel')) return kernelRules(edits, plan);
  if (areAll(edits, 'set-residency')) return residencyRules(edits, plan);
  if (first.kind === 'merge-dispatches' && areAll(others, 'set-residency')) return mergeRules([first, ...others], plan);
  if (first.kind === 'fuse-launches' && areAll(others, 'remove-buffer')) return fusionRules([first, ...others], plan);
  throw noRule(`there is no rule for ${[...new Set(edits.map(({ kind }) => kind))].join(' with ')}`);
}

function areAll<Kind extends PlanEdit['kind']>(
  edits: readonly PlanEdit[],
  kind: Kind,
): edits is readonly EditOf<Kind>[] {
  return edits.every((edit) => edit.kind === kind);
}

const PLAIN = /^[\w.+:-]{1,80}( [\w.+:-]{1,80})?$/;

/** Throws where a rule has a text in it that is no plain name: it goes into a document that agents read. */
function requirePlainNames(value: unknown): void {
  if (typeof value === 'string' && !PLAIN.test(value))
    throw noRule(`${JSON.stringify(value)} in them is no plain name`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    requirePlainNames(name);
    requirePlainNames(field);
  }
}
