import {
  type DispatchStep,
  type Plan,
  type PlanBuffer,
  type PlanEdit,
  type PlanSection,
  type PlanStep,
  type SectionName,
  TilewrightError,
} from '@tilewright/spec';
import { planInvalid } from './plan-errors.ts';

type Part = 'once' | 'layer';

/**
 * The plan after the edits, in order. Only what makes an edit impossible is refused here (`plan-invalid`:
 * an id that is unknown or taken, dispatches that do not follow each other); whether the result holds
 * together is for `checkPlan` to say, so that a list of edits may pass through states that do not. Of several edits the error
 * names the one, and `details.edit` is its index.
 */
export function applyEdits(plan: Plan, edits: readonly PlanEdit[]): Plan {
  return edits.reduce((before, edit, index) => {
    try {
      return applyEdit(before, edit);
    } catch (error) {
      if (edits.length === 1 || !TilewrightError.isInstance(error)) throw error;
      const { code, message, remedy, details } = error;
      const place = `edits[${index}] (${edit.kind})`;
      throw new TilewrightError(code, `${place}: ${message}`, remedy, { ...details, edit: index }, { cause: error });
    }
  }, plan);
}

function applyEdit(plan: Plan, edit: PlanEdit): Plan {
  const section = plan.sections[edit.section];
  return { ...plan, sections: { ...plan.sections, [edit.section]: editSection(section, edit) } };
}

function editSection(section: PlanSection, edit: PlanEdit): PlanSection {
  switch (edit.kind) {
    case 'merge-dispatches':
      return mergeDispatches(section, edit);
    case 'split-dispatch':
      return splitDispatch(section, edit);
    case 'set-residency':
      return changeBuffer(section, edit.section, edit.buffer, { residency: edit.residency, role: edit.role });
    case 'set-layout':
      return changeBuffer(section, edit.section, edit.buffer, { layout: edit.layout });
    case 'set-kernel':
      return changeLaunch(section, edit, (launch) => ({ ...launch, kernel: edit.kernel }));
    case 'fuse-launches':
      return fuseLaunches(section, edit);
    case 'bind-argument':
      return changeLaunch(section, edit, (launch) => ({
        ...launch,
        arguments: { ...launch.arguments, [edit.argument]: edit.buffer },
      }));
    case 'add-buffer':
      if (section.buffers.some((buffer) => buffer.id === edit.buffer.id)) {
        throw idTaken(edit.section, 'buffer', edit.buffer.id);
      }
      return { ...section, buffers: [...section.buffers, edit.buffer] };
    case 'remove-buffer':
      findBuffer(section, edit.section, edit.buffer);
      return { ...section, buffers: section.buffers.filter((buffer) => buffer.id !== edit.buffer) };
    case 'insert-step':
      return insertStep(section, edit);
    case 'remove-step': {
      const steps = section[edit.part];
      if (!steps.some((step) => step.id === edit.step))
        throw unknown(`${edit.section}.${edit.part}`, 'step', edit.step);
      return { ...section, [edit.part]: steps.filter((step) => step.id !== edit.step) };
    }
  }
}

function mergeDispatches(section: PlanSection, edit: PlanEdit & { kind: 'merge-dispatches' }): PlanSection {
  const [first] = edit.dispatches;
  if (first === undefined) {
    throw planInvalid(edit.section, 'a merge names no dispatch', 'Name the dispatches to merge, in order.');
  }
  const { part, index } = locateDispatch(section, edit.section, first);
  const merged = section[part].slice(index, index + edit.dispatches.length);
  const follow = merged.length === edit.dispatches.length && merged.every((step, i) => step.id === edit.dispatches[i]);
  const dispatches = merged.filter((step) => step.kind === 'dispatch');
  if (!follow || dispatches.length !== merged.length) {
    throw planInvalid(
      `${edit.section}.${part}`,
      `the dispatches ${edit.dispatches.join(', ')} do not follow each other (there: ${merged.map((s) => s.id).join(', ')})`,
      'Merge dispatches that stand next to each other, in their order, with no host step between them.',
    );
  }
  const others = section[part].filter((_, i) => i < index || i >= index + merged.length);
  refuseTakenStep([...others, ...section[otherPart(part)]], edit.section, edit.into);
  const step: DispatchStep = {
    kind: 'dispatch',
    id: edit.into,
    launches: dispatches.flatMap((dispatch) => dispatch.launches),
  };
  return { ...section, [part]: section[part].toSpliced(index, merged.length, step) };
}

function splitDispatch(section: PlanSection, edit: PlanEdit & { kind: 'split-dispatch' }): PlanSection {
  const { part, index, dispatch } = locateDispatch(section, edit.section, edit.dispatch);
  const wanted = edit.into.flatMap((piece) => piece.launches);
  const present = dispatch.launches.map((launch) => launch.id);
  if (wanted.join('\n') !== present.join('\n') || edit.into.some((piece) => piece.launches.length === 0)) {
    throw planInvalid(
      `${edit.section}.${edit.dispatch}`,
      `a split into ${wanted.join(', ')} does not keep the launches ${present.join(', ')} in order`,
      'Give every launch to one part, in order, and no part without launches.',
    );
  }
  let taken: readonly PlanStep[] = [...section[part].toSpliced(index, 1), ...section[otherPart(part)]];
  const steps = edit.into.map((piece): DispatchStep => {
    refuseTakenStep(taken, edit.section, piece.id);
    const launches = dispatch.launches.filter((launch) => piece.launches.includes(launch.id));
    const step: DispatchStep = { kind: 'dispatch', id: piece.id, launches };
    taken = [...taken, step];
    return step;
  });
  return { ...section, [part]: section[part].toSpliced(index, 1, ...steps) };
}

function fuseLaunches(section: PlanSection, edit: PlanEdit & { kind: 'fuse-launches' }): PlanSection {
  const { part, index, dispatches } = locateFused(section, edit);
  const launches = dispatches.flatMap((dispatch) => dispatch.launches);
  const first = launches.findIndex((launch) => launch.id === edit.launches[0]);
  const others = [...section.once, ...section.layer].flatMap((step) =>
    step.kind === 'dispatch' ? step.launches.filter(({ id }) => !edit.launches.includes(id)) : [],
  );
  if (others.some(({ id }) => id === edit.into.id)) throw idTaken(edit.section, 'launch', edit.into.id);
  const [{ id }] = dispatches as [DispatchStep];
  const step: DispatchStep = {
    kind: 'dispatch',
    id,
    launches: launches.toSpliced(first, edit.launches.length, edit.into),
  };
  return { ...section, [part]: section[part].toSpliced(index, dispatches.length, step) };
}

/**
 * The dispatches whose launches an edit fuses. Throws `plan-invalid` where the launches do not follow each other in one
 * dispatch, or are not all launches of dispatches that do.
 */
export function locateFused(
  section: PlanSection,
  edit: PlanEdit & { kind: 'fuse-launches' },
): { readonly part: Part; readonly index: number; readonly dispatches: readonly DispatchStep[] } {
  const [first, last] = [edit.launches[0], edit.launches.at(-1)];
  if (first === undefined || last === undefined || edit.launches.length < 2) {
    throw planInvalid(edit.section, 'a fusion names fewer than two launches', 'Name the launches to fuse, in order.');
  }
  const { part, index } = locateLaunch(section, edit.section, first);
  const end = locateLaunch(section, edit.section, last);
  const steps = end.part === part ? section[part].slice(index, end.index + 1) : [];
  const dispatches = steps.filter((step) => step.kind === 'dispatch');
  const launches = dispatches.flatMap((dispatch) => dispatch.launches.map(({ id }) => id));
  const at = launches.indexOf(first);
  const follow = edit.launches.every((id, i) => launches[at + i] === id);
  const whole = dispatches.length === 1 || launches.length === edit.launches.length;
  if (dispatches.length !== steps.length || !follow || !whole) {
    throw planInvalid(
      `${edit.section}.${part}`,
      `the launches ${edit.launches.join(', ')} do not follow each other in one dispatch, nor make up whole ones`,
      'Fuse launches that stand next to each other; merge or split dispatches before where that is needed.',
    );
  }
  return { part, index, dispatches };
}

function insertStep(section: PlanSection, edit: PlanEdit & { kind: 'insert-step' }): PlanSection {
  const steps = section[edit.part];
  if (edit.index < 0 || edit.index > steps.length) {
    throw planInvalid(
      `${edit.section}.${edit.part}`,
      `there is no place ${edit.index} among ${steps.length} steps`,
      `Use an index from 0 to ${steps.length}.`,
    );
  }
  refuseTakenStep([...section.once, ...section.layer], edit.section, edit.step.id);
  return { ...section, [edit.part]: steps.toSpliced(edit.index, 0, edit.step) };
}

function changeBuffer(section: PlanSection, name: SectionName, id: string, change: Partial<PlanBuffer>): PlanSection {
  findBuffer(section, name, id);
  return {
    ...section,
    buffers: section.buffers.map((buffer) => (buffer.id === id ? { ...buffer, ...change } : buffer)),
  };
}

function changeLaunch(
  section: PlanSection,
  edit: { readonly section: SectionName; readonly launch: string },
  change: (launch: DispatchStep['launches'][number]) => DispatchStep['launches'][number],
): PlanSection {
  const { part, index, dispatch } = locateLaunch(section, edit.section, edit.launch);
  const launches = dispatch.launches.map((launch) => (launch.id === edit.launch ? change(launch) : launch));
  return { ...section, [part]: section[part].toSpliced(index, 1, { ...dispatch, launches }) };
}

/** Where a launch stands. Throws `plan-invalid` where there is none of that id. */
export function locateLaunch(
  section: PlanSection,
  name: SectionName,
  id: string,
): { readonly part: Part; readonly index: number; readonly dispatch: DispatchStep } {
  for (const part of ['once', 'layer'] as const) {
    for (const [index, step] of section[part].entries()) {
      if (step.kind === 'dispatch' && step.launches.some((launch) => launch.id === id)) {
        return { part, index, dispatch: step };
      }
    }
  }
  throw unknown(name, 'launch', id);
}

/** Where a dispatch stands. Throws `plan-invalid` where there is none of that id. */
export function locateDispatch(
  section: PlanSection,
  name: SectionName,
  id: string,
): { readonly part: Part; readonly index: number; readonly dispatch: DispatchStep } {
  for (const part of ['once', 'layer'] as const) {
    for (const [index, step] of section[part].entries()) {
      if (step.kind === 'dispatch' && step.id === id) return { part, index, dispatch: step };
    }
  }
  throw unknown(name, 'dispatch', id);
}

/** The buffer of that id. Throws `plan-invalid` where there is none. */
export function findBuffer(section: PlanSection, name: SectionName, id: string): PlanBuffer {
  const found = section.buffers.find((buffer) => buffer.id === id);
  if (found === undefined) throw unknown(name, 'buffer', id);
  return found;
}

function otherPart(part: Part): Part {
  return part === 'once' ? 'layer' : 'once';
}

function refuseTakenStep(steps: readonly PlanStep[], section: SectionName, id: string): void {
  if (steps.some((step) => step.id === id)) throw idTaken(section, 'step', id);
}

function idTaken(section: SectionName, what: string, id: string): Error {
  return planInvalid(section, `there is already a ${what} ${id}`, `Choose another id for the ${what}.`);
}

function unknown(field: string, what: string, id: string): Error {
  return planInvalid(field, `there is no ${what} ${id}`, `Use the id of a ${what} that the section has.`);
}
