import type { Plan, PlanEdit, Profile } from '@tilewright/spec';
import { launchOf, usesOf } from './plan-parts.ts';

/** Steps of the plan whose time edits are about: those that hold the launches, or use the buffers, that they name. */
export function concernedSteps(edits: readonly PlanEdit[], plan: Plan): ReadonlySet<string> {
  const keys = edits.flatMap((edit) => {
    const section = plan.sections[edit.section];
    const key = (step: string): string => `${edit.section} ${step}`;
    const holding = (launch: string): readonly string[] => {
      const found = launchOf(section, launch);
      return found === undefined ? [] : [key(found.step.id)];
    };
    switch (edit.kind) {
      case 'merge-dispatches':
        return edit.dispatches.map(key);
      case 'set-kernel':
        return holding(edit.launch);
      case 'fuse-launches':
        return edit.launches.flatMap(holding);
      case 'set-residency':
        return [...section.once, ...section.layer]
          .filter((step) => usesOf({ ...section, once: [step], layer: [] }, edit.buffer).length > 0)
          .map(({ id }) => key(id));
      default:
        return [];
    }
  });
  return new Set(keys);
}

/** What a gain is of the time of those steps; null without a profile, or where it has no time for them. */
export function savedShare(gainUs: number, steps: ReadonlySet<string>, profile: Profile | null): number | null {
  const entries = profile?.entries.filter(({ section, step }) => steps.has(`${section} ${step}`)) ?? [];
  const us = entries.reduce((sum, entry) => sum + entry.us, 0);
  return us > 0 ? Number((gainUs / us).toPrecision(3)) : null;
}
