import {
  type BufferRole,
  type DispatchId,
  type HostOperation,
  hostBuffers,
  type LoweredDispatch,
  type LoweredPlan,
  type Plan,
  type PlanBuffer,
  type PlanStep,
  type SectionName,
  TilewrightError,
} from '@tilewright/spec';
import { layoutBytes } from '../layout/pack-tensor.ts';

/**
 * A buffer object that the plan calls for. A buffer that lives on the host has one per dispatch argument,
 * shared by all layers; one that lives on the device has its own, per layer where its scope says so.
 */
export interface ObjectReference {
  readonly key: string;
  readonly perLayer: boolean;
  readonly bytes: number;
}

/** Moves a value between the host's copy (`copy-*`: memcpy into the object's mapped memory) and the device (`sync-*`). */
export interface TransferAction {
  readonly kind: 'copy-in' | 'sync-in' | 'sync-out' | 'copy-out';
  readonly buffer: string;
  readonly object: ObjectReference;
  /** True where it happens only the first time that the object is used: role `static` on the device. */
  readonly firstUseOnly: boolean;
}

export interface RunAction {
  readonly kind: 'run';
  readonly dispatch: DispatchId;
  /** In the order of the program's arguments. */
  readonly objects: readonly ObjectReference[];
}

export interface HostAction {
  readonly kind: 'host';
  readonly operation: HostOperation;
}

export type Action = TransferAction | RunAction | HostAction;

/** What one step does, in order. */
export interface StepActions {
  readonly step: PlanStep;
  readonly actions: readonly Action[];
}

/** What a section does: `once`, then `layer` for every layer. */
export interface SectionActions {
  readonly section: SectionName;
  readonly once: readonly StepActions[];
  readonly layer: readonly StepActions[];
}

/**
 * Everything that a section does, in order: the runner executes exactly this list, and `estimateSchedule`
 * adds up exactly this list.
 *
 * Around a dispatch, for each of its arguments by the buffer's residency and role:
 * - `host`: copied in and synced before, whether the program reads it or not; synced back and copied back
 *   after where the program writes it (published naive runs fit no copying back of weights);
 * - `device`, `input`: copied in and synced before each dispatch that names it;
 * - `device`, `static`: the same, before the first one only;
 * - `device`, `intermediate`: nothing;
 * - `device`, `output`: synced back and copied back after each dispatch that writes it; and copied in
 *   and synced after each host step that writes it.
 */
export function sectionActions(plan: Plan, lowered: LoweredPlan, section: SectionName): SectionActions {
  const buffers = new Map(plan.sections[section].buffers.map((buffer) => [buffer.id, buffer]));
  const dispatches = new Map(
    lowered.dispatches.filter((dispatch) => dispatch.section === section).map((dispatch) => [dispatch.step, dispatch]),
  );
  const actionsOf = (step: PlanStep): StepActions => {
    if (step.kind === 'host') return { step, actions: hostActions(step.operation, section, buffers) };
    const dispatch = dispatches.get(step.id);
    if (dispatch === undefined) throw inconsistent(`${section}/${step.id}`, 'the lowered plan has no such dispatch');
    return { step, actions: dispatchActions(dispatch, section, buffers) };
  };
  const { once, layer } = plan.sections[section];
  return { section, once: once.map(actionsOf), layer: layer.map(actionsOf) };
}

function dispatchActions(
  dispatch: LoweredDispatch,
  section: SectionName,
  buffers: ReadonlyMap<string, PlanBuffer>,
): readonly Action[] {
  const before: Action[] = [];
  const after: Action[] = [];
  const objects = dispatch.buffers.map((id, index) => {
    const buffer = buffers.get(id);
    const argument = dispatch.program.arguments[index];
    if (buffer === undefined || argument === undefined)
      throw inconsistent(dispatch.id, `it names the unknown buffer ${id}`);
    const object = objectOf(buffer, section, `${dispatch.id}#${index}`);
    const written = argument.access !== 'read';
    const transfer = (kind: TransferAction['kind'], firstUseOnly = false): TransferAction => ({
      kind,
      buffer: id,
      object,
      firstUseOnly,
    });
    if (buffer.residency === 'host') {
      before.push(transfer('copy-in'), transfer('sync-in'));
      if (written) after.push(transfer('sync-out'), transfer('copy-out'));
    } else {
      const when = copiedIn(buffer.role);
      if (when !== 'never') before.push(transfer('copy-in', when === 'first'), transfer('sync-in', when === 'first'));
      if (buffer.role === 'output' && written) after.push(transfer('sync-out'), transfer('copy-out'));
    }
    return object;
  });
  return [...before, { kind: 'run', dispatch: dispatch.id, objects }, ...after];
}

function copiedIn(role: BufferRole): 'always' | 'first' | 'never' {
  if (role === 'input') return 'always';
  return role === 'static' ? 'first' : 'never';
}

function hostActions(
  operation: HostOperation,
  section: SectionName,
  buffers: ReadonlyMap<string, PlanBuffer>,
): readonly Action[] {
  const actions: Action[] = [{ kind: 'host', operation }];
  for (const id of hostBuffers(operation).writes) {
    const buffer = buffers.get(id);
    if (buffer?.residency === 'device' && buffer.role === 'output') {
      const object = objectOf(buffer, section, '');
      actions.push({ kind: 'copy-in', buffer: id, object, firstUseOnly: false });
      actions.push({ kind: 'sync-in', buffer: id, object, firstUseOnly: false });
    }
  }
  return actions;
}

/** The buffer object behind a dispatch's argument. */
function objectOf(buffer: PlanBuffer, section: SectionName, argumentKey: string): ObjectReference {
  const bytes = layoutBytes(buffer.layout, buffer.format);
  return buffer.residency === 'host'
    ? { key: argumentKey, perLayer: false, bytes }
    : { key: `${section}/${buffer.id}`, perLayer: buffer.scope === 'layer', bytes };
}

function inconsistent(dispatch: string, why: string): TilewrightError {
  return new TilewrightError(
    'plan-invalid',
    `The dispatch ${dispatch} does not fit its plan: ${why}.`,
    'Lower the plan again, and compile what comes out.',
    { field: dispatch },
  );
}
