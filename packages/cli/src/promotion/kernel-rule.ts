import type { KernelConfig, Plan, PlanEdit, RegistryKernel } from '@tilewright/spec';
import type { KernelRule } from './edit-rule.ts';
import { noRule, sameForAll } from './no-rule.ts';
import { launchOf } from './plan-parts.ts';

type SetKernel = Extract<PlanEdit, { readonly kind: 'set-kernel' }>;

/** The rule behind other settings for one kernel: for launches of it anywhere first, then for those of the same results. */
export function kernelRules(edits: readonly SetKernel[], plan: Plan): readonly KernelRule[] {
  const section = sameForAll(edits, (edit) => edit.section, 'section');
  const changes = edits.map((edit) => {
    const found = launchOf(plan.sections[section], edit.launch);
    if (found === undefined) throw noRule(`the plan has no launch ${edit.launch}`);
    const { launch } = found;
    const before = registered(launch.kernel, `${edit.launch} had`);
    const after = registered(edit.kernel, `${edit.launch} was given`);
    if (before.name !== after.name || before.version !== after.version) {
      throw noRule(`${edit.launch} was given another kernel, ${after.name} for ${before.name}, not other settings`);
    }
    if (JSON.stringify(sorted(before.shape)) !== JSON.stringify(sorted(after.shape))) {
      throw noRule(`${edit.launch} was given another shape`);
    }
    return { kernel: after.name, settings: changedSettings(before, after), computes: launch.computes };
  });
  const kernel = sameForAll(changes, (change) => change.kernel, 'kernel');
  const settings = sameForAll(changes, (change) => sorted(change.settings), 'choice of settings');
  if (Object.keys(settings).length === 0) throw noRule('no setting of the kernel was changed');
  const rule = { kind: 'set-kernel', section, kernel, settings, together: edits.length > 1 } as const;
  const taps = changes.flatMap(({ computes }) => computes ?? []);
  return [{ ...rule, only: null }, ...(taps.length === changes.length ? [{ ...rule, only: taps }] : [])];
}

function registered(kernel: SetKernel['kernel'], who: string): RegistryKernel {
  if (kernel.origin === 'registry') return kernel;
  throw noRule(`${who} a kernel that somebody authored, a Program for one shape`);
}

function changedSettings({ config: before }: RegistryKernel, { config: after }: RegistryKernel): KernelConfig {
  for (const name of Object.keys(before)) {
    if (after[name] === undefined) throw noRule(`the setting ${name} was taken away`);
  }
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
