import { lowerPlan } from '@tilewright/kernel-registry';
import {
  type DeviceModel,
  type LoweredPlan,
  type Plan,
  type SectionName,
  type Situation,
  TilewrightError,
} from '@tilewright/spec';

/** Sections that a phase optimises: prefill in 4, decode in 5, each with the head; all of them elsewhere. */
export function sectionsOf(situation: Situation): readonly SectionName[] {
  if (situation.phase === 4) return ['prefill', 'head'];
  if (situation.phase === 5) return ['decode', 'head'];
  return ['prefill', 'decode', 'head'];
}

/** The lowered plan; null for a plan that does not hold together, for which there is nothing to propose. */
export function loweredOrNull(plan: Plan, device: DeviceModel): LoweredPlan | null {
  try {
    return lowerPlan(plan, device);
  } catch (error) {
    if (TilewrightError.isInstance(error)) return null;
    throw error;
  }
}

/** `12,345,678 bytes` as people read it. */
export function megabytes(bytes: number): string {
  return bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${bytes.toLocaleString('en-US')} bytes`;
}

/** What the profile says about copies and syncs of a section; no line where there is no profile. */
export function profileEvidence({ profile }: Situation, section: SectionName): readonly string[] {
  const entries = profile?.entries.filter((entry) => entry.section === section) ?? [];
  const total = entries.reduce((sum, { us }) => sum + us, 0);
  if (total === 0) return [];
  const moving = entries.filter(({ action }) => action !== 'run' && action !== 'host');
  const movingUs = moving.reduce((sum, { us }) => sum + us, 0);
  const kind = entries.every(({ timing }) => timing === 'measurement') ? 'measured' : 'estimated';
  const share = ((100 * movingUs) / total).toFixed(0);
  return [
    `Copies and syncs take ${movingUs.toFixed(0)} of ${total.toFixed(0)} µs of ${section} (${kind}), ${share} %.`,
  ];
}
