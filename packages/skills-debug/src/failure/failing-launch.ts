import { lowerPlan } from '@tilewright/kernel-registry';
import {
  type DeviceModel,
  type LoweredDispatch,
  type LoweredPlan,
  type Plan,
  type PlanLaunch,
  type SectionName,
  TilewrightError,
} from '@tilewright/spec';

/** A launch of the plan behind a name that a target reported. */
export interface FailingLaunch {
  readonly section: SectionName;
  readonly launch: PlanLaunch;
}

/** The lowered plan; null for one that does not hold together. */
export function loweredOrNull(plan: Plan, device: DeviceModel): LoweredPlan | null {
  try {
    return lowerPlan(plan, device);
  } catch (error) {
    if (TilewrightError.isInstance(error)) return null;
    throw error;
  }
}

/** The dispatch of that id as the target got it. */
export function loweredDispatch(plan: Plan, device: DeviceModel, id: string): LoweredDispatch | undefined {
  return loweredOrNull(plan, device)?.dispatches.find((dispatch) => dispatch.id === id);
}

/** The plan's launches in a dispatch (`prefill/q_proj`), in order; empty where the plan has no such dispatch. */
export function launchesOf(plan: Plan, dispatch: string): readonly FailingLaunch[] {
  const [section, ...rest] = dispatch.split('/');
  if (section !== 'prefill' && section !== 'decode' && section !== 'head') return [];
  const { once, layer } = plan.sections[section];
  const step = [...once, ...layer].find(({ id, kind }) => kind === 'dispatch' && id === rest.join('/'));
  return step?.kind === 'dispatch' ? step.launches.map((launch) => ({ section, launch })) : [];
}

/** The plan's launch behind a launch of a lowered program: a kernel of several launches names them `id.part`. */
export function planLaunch(plan: Plan, dispatch: string, launch: string): FailingLaunch | undefined {
  const launches = launchesOf(plan, dispatch);
  return (
    launches.find(({ launch: { id } }) => id === launch) ??
    launches.find(({ launch: { id } }) => launch.startsWith(`${id}.`) || launch.startsWith(`${id}/`))
  );
}
