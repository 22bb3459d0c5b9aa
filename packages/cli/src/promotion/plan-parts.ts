import type { DispatchStep, PlanLaunch, PlanSection, PlanStep } from '@tilewright/spec';

export function dispatchesOf({ once, layer }: PlanSection): readonly DispatchStep[] {
  return [...once, ...layer].filter((step): step is DispatchStep => step.kind === 'dispatch');
}

/** A launch with the dispatch that it is in; undefined if the section has none of that id. */
export function launchOf(
  section: PlanSection,
  id: string,
): { readonly step: DispatchStep; readonly launch: PlanLaunch } | undefined {
  for (const step of dispatchesOf(section)) {
    const launch = step.launches.find((one) => one.id === id);
    if (launch !== undefined) return { step, launch };
  }
  return undefined;
}

/** Kernels with their arguments, and operations of the host with their fields, that name a buffer. */
export function usesOf({ once, layer }: PlanSection, buffer: string): readonly string[] {
  const names = [...once, ...layer].flatMap((step: PlanStep) =>
    step.kind === 'host'
      ? Object.entries(step.operation).flatMap(([field, value]) =>
          field !== 'name' && [value].flat().includes(buffer) ? [`host ${step.operation.name}.${field}`] : [],
        )
      : step.launches.flatMap(({ kernel, arguments: named }) =>
          Object.entries(named).flatMap(([argument, id]) => (id === buffer ? [`${kernel.name}.${argument}`] : [])),
        ),
  );
  return [...new Set(names)].sort();
}
