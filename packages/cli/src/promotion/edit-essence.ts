import type { KernelReference, PlanEdit, PlanLaunch } from '@tilewright/spec';

/**
 * What an edit does, without what two who do the same may say differently: the names that they make up, and who
 * chose a kernel's settings.
 */
export function editEssence(edit: PlanEdit): unknown {
  switch (edit.kind) {
    case 'merge-dispatches':
      return { ...edit, into: null };
    case 'set-kernel':
      return { ...edit, kernel: withoutBasis(edit.kernel) };
    case 'fuse-launches':
      return { ...edit, into: launchEssence(edit.into) };
    default:
      return edit;
  }
}

/** Whether two lists of edits do the same, in whatever order they are written. */
export function doTheSame(a: readonly PlanEdit[], b: readonly PlanEdit[]): boolean {
  const [ours, theirs] = [a, b].map((edits) => edits.map((edit) => sortedJson(editEssence(edit))).sort());
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

function launchEssence({ kernel, inside, ...launch }: PlanLaunch): unknown {
  return { ...launch, id: null, kernel: withoutBasis(kernel), inside: inside ?? [] };
}

function withoutBasis(kernel: KernelReference): unknown {
  return kernel.origin === 'registry' ? { ...kernel, basis: null } : kernel;
}

/** JSON in which the order of fields does not matter. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
