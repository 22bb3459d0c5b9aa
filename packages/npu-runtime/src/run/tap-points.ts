import {
  type HostOperation,
  type LoweredPlan,
  layerOps,
  type ModelSpec,
  type Plan,
  type PlanStep,
  type SectionName,
} from '@tilewright/spec';
import { dispatchFlow } from './dispatch-flow.ts';

/** A value that can be read after a step: its name within the layer (or a model tap), and where it is. */
export interface TapPoint {
  readonly tap: string;
  readonly buffer: string;
}

/**
 * What can be tapped after a step of a section. In a dispatch of several launches a value is there only
 * while no later launch has overwritten its buffer.
 */
export function tapPoints(plan: Plan, lowered: LoweredPlan, section: SectionName, step: PlanStep): readonly TapPoint[] {
  if (step.kind === 'host') return hostTapPoints(plan, section, step.operation);
  const dispatch = lowered.dispatches.find((candidate) => candidate.section === section && candidate.step === step.id);
  if (dispatch === undefined || section === 'head') return [];
  const { residual, buffers } = plan.sections[section];
  const { lastWriter } = dispatchFlow(dispatch);
  return step.launches.flatMap(({ id, computes, arguments: bound }): TapPoint[] => {
    if (computes === null) return [];
    const holder = Object.values(bound).find((buffer) => {
      const writer = lastWriter.get(buffer);
      if (writer !== id && !writer?.startsWith(`${id}/`)) return false;
      const content = buffers.find((candidate) => candidate.id === buffer)?.content;
      const isResidual = buffer === residual && computes === 'output';
      return isResidual || (content?.kind === 'activation' && content.tap === computes);
    });
    return holder === undefined ? [] : [{ tap: computes, buffer: holder }];
  });
}

function hostTapPoints(plan: Plan, section: SectionName, operation: HostOperation): readonly TapPoint[] {
  if (operation.name === 'embedding') return [{ tap: 'embedding', buffer: operation.output }];
  if (operation.name !== 'decode-attention') return [];
  const content = plan.sections[section].buffers.find((buffer) => buffer.id === operation.output)?.content;
  return content?.kind === 'activation' ? [{ tap: content.tap, buffer: operation.output }] : [];
}

/** The shape of a tap for `tokens` tokens: with heads as an axis after the per-head kernels, as in the goldens. */
export function tapShape(model: ModelSpec, tap: string, tokens: number, width: number): readonly number[] {
  const op = layerOps(model).find((candidate) => candidate.output === tap);
  if (op !== undefined && (op.kind === 'rope' || op.kind === 'qk-norm')) {
    return [tokens, op.outputHeads, width / op.outputHeads];
  }
  return [tokens, width];
}
