import { describePlan } from '@tilewright/kernel-registry';
import type { Plan } from '@tilewright/spec';

/** `plan.md`: the plan for people. `plan.json` is the plan. */
export function planDocument(plan: Plan, planDigest: string): string {
  const { model, device, prefillLength, contextLength } = plan;
  return [
    '# Plan',
    '',
    `A ${model.family} of ${model.layers} layers on ${device}: prefill of ${prefillLength} tokens, context of ${contextLength}.`,
    `Digest ${planDigest}.`,
    '',
    '```',
    describePlan(plan).trimEnd(),
    '```',
    '',
  ].join('\n');
}
