import {
  BYTES_PER_ELEMENT,
  hostBuffers,
  type LoweredPlan,
  layoutElements,
  type Plan,
  type PlanBuffer,
  type SectionName,
} from '@tilewright/spec';
import { argumentAccess } from './program-access.ts';

/** A step that touches a buffer, and how often it runs in one pass. */
export interface StepUse {
  readonly step: string;
  readonly part: 'once' | 'layer';
  /** Executions in one pass through the section. */
  readonly times: number;
}

export interface DispatchUse extends StepUse {
  readonly readsEarlier: boolean;
  readonly writes: boolean;
  readonly writesAll: boolean;
}

/** Who touches a buffer of a section. The lists are in execution order. */
export interface BufferUses {
  readonly buffer: PlanBuffer;
  readonly bytes: number;
  readonly dispatches: readonly DispatchUse[];
  readonly hostReads: readonly StepUse[];
  readonly hostWrites: readonly StepUse[];
  /** The residual stream: its last value is read by the head's final norm. */
  readonly residual: boolean;
}

/** The uses of every buffer of a section, in the order of the plan's buffers. */
export function bufferUses(plan: Plan, lowered: LoweredPlan, section: SectionName): readonly BufferUses[] {
  const { buffers, once, layer, residual } = plan.sections[section];
  const parts = [
    { part: 'once', steps: once, times: 1 },
    { part: 'layer', steps: layer, times: plan.model.layers },
  ] as const;
  return buffers.map((buffer) => {
    const dispatches: DispatchUse[] = [];
    const hostReads: StepUse[] = [];
    const hostWrites: StepUse[] = [];
    for (const { part, steps, times } of parts) {
      for (const step of steps) {
        const use: StepUse = { step: step.id, part, times };
        if (step.kind === 'host') {
          const { reads, writes } = hostBuffers(step.operation);
          if (reads.includes(buffer.id)) hostReads.push(use);
          if (writes.includes(buffer.id)) hostWrites.push(use);
          continue;
        }
        const dispatch = lowered.dispatches.find((one) => one.section === section && one.step === step.id);
        const argument = dispatch?.program.arguments[dispatch.buffers.indexOf(buffer.id)];
        if (dispatch === undefined || argument === undefined) continue;
        dispatches.push({ ...use, ...argumentAccess(dispatch.program, argument.name) });
      }
    }
    const bytes = layoutElements(buffer.layout) * BYTES_PER_ELEMENT[buffer.format];
    return { buffer, bytes, dispatches, hostReads, hostWrites, residual: buffer.id === residual };
  });
}

/** True where nobody but dispatches touches the buffer, and none reads it before it is written whole. */
export function isInternal({ dispatches, hostReads, hostWrites, residual }: BufferUses): boolean {
  const [first] = dispatches;
  if (residual || hostReads.length > 0 || hostWrites.length > 0 || first === undefined) return false;
  return first.writesAll && !first.readsEarlier;
}
