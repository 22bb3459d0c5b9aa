import type { Plan, PlanEdit, PlanLaunch, RegistryKernel } from '@tilewright/spec';
import type { FusionRule, LaunchArgument } from './edit-rule.ts';
import { noRule } from './no-rule.ts';
import { launchOf } from './plan-parts.ts';

type Fuse = Extract<PlanEdit, { readonly kind: 'fuse-launches' }>;
type RemoveBuffer = Extract<PlanEdit, { readonly kind: 'remove-buffer' }>;

/** The rule behind one launch in the place of several, with the buffers that it made superfluous. */
export function fusionRules([fuse, ...others]: readonly [Fuse, ...RemoveBuffer[]], plan: Plan): readonly FusionRule[] {
  const { section, into } = fuse;
  const launches = fuse.launches.map((id) => {
    const found = launchOf(plan.sections[section], id);
    if (found === undefined) throw noRule(`the plan has no launch ${id}`);
    return found.launch;
  });
  const { kernel } = into;
  if (kernel.origin !== 'registry')
    throw noRule(`${into.id} is a kernel that somebody authored, a Program for one shape`);
  const argumentOf = (buffer: string): LaunchArgument => {
    for (const [launch, { arguments: named }] of launches.entries()) {
      const argument = Object.keys(named).find((name) => named[name] === buffer);
      if (argument !== undefined) return { launch, argument };
    }
    throw noRule(`${buffer} is no buffer of the launches that were fused`);
  };
  const computerOf = (tap: string | null): number => {
    const index = launches.findIndex(({ computes }) => computes !== null && computes === tap);
    if (index < 0) throw noRule(`${tap ?? 'nothing'} is not what one of the fused launches computes`);
    return index;
  };
  const rule: FusionRule = {
    ...{ kind: 'fuse-launches', section, run: launches.map((launch) => launch.kernel.name) },
    ...{ kernel: kernel.name, version: kernel.version, config: kernel.config },
    shape: Object.fromEntries(
      Object.entries(kernel.shape).map(([name, value]) => [name, dimensionOf(launches, name, value)]),
    ),
    arguments: Object.fromEntries(Object.entries(into.arguments).map(([name, id]) => [name, argumentOf(id)])),
    computes: computerOf(into.computes),
    inside: (into.inside ?? []).map(computerOf),
    removed: others.map((edit) => {
      if (edit.section !== section) throw noRule('they are about more than one section');
      return argumentOf(edit.buffer);
    }),
  };
  return [rule];
}

/** Where a dimension comes from: the same name first, then any dimension of that size. */
function dimensionOf(launches: readonly PlanLaunch[], name: string, value: number): FusionRule['shape'][string] {
  const shapes = launches.map(({ kernel }) => (kernel.origin === 'registry' ? (kernel as RegistryKernel).shape : {}));
  const named = shapes.findIndex((shape) => shape[name] === value);
  if (named >= 0) return { launch: named, dimension: name };
  for (const [launch, shape] of shapes.entries()) {
    const dimension = Object.keys(shape).find((one) => shape[one] === value);
    if (dimension !== undefined) return { launch, dimension };
  }
  throw noRule(`${name} of the new kernel is ${value}, which is no dimension of the launches that were fused`);
}
