import type { DispatchStep, Plan, PlanEdit } from '@tilewright/spec';
import { applyEdits, findBuffer, locateDispatch, locateFused, locateLaunch } from './apply-edits.ts';

/**
 * The edits that undo `edits` on the plan they are applied to: `applyEdits(applyEdits(plan, edits),
 * invertEdits(plan, edits))` is the plan again, order of buffers included. Throws as `applyEdits` does.
 */
export function invertEdits(plan: Plan, edits: readonly PlanEdit[]): readonly PlanEdit[] {
  const inverses: PlanEdit[][] = [];
  let current = plan;
  for (const edit of edits) {
    inverses.push(invertEdit(current, edit));
    current = applyEdits(current, [edit]);
  }
  return inverses.reverse().flat();
}

/** What undoes one edit of this plan; several edits where the language has no single one for it. */
export function invertEdit(plan: Plan, edit: PlanEdit): PlanEdit[] {
  const name = edit.section;
  const section = plan.sections[name];
  switch (edit.kind) {
    case 'merge-dispatches': {
      const into = edit.dispatches.map((id) => ({
        id,
        launches: locateDispatch(section, name, id).dispatch.launches.map((launch) => launch.id),
      }));
      return [{ kind: 'split-dispatch', section: name, dispatch: edit.into, into }];
    }
    case 'split-dispatch': {
      const dispatches = edit.into.map((piece) => piece.id);
      return [{ kind: 'merge-dispatches', section: name, dispatches, into: edit.dispatch }];
    }
    case 'set-residency': {
      const { residency, role } = findBuffer(section, name, edit.buffer);
      return [{ kind: 'set-residency', section: name, buffer: edit.buffer, residency, role }];
    }
    case 'set-layout': {
      const { layout } = findBuffer(section, name, edit.buffer);
      return [{ kind: 'set-layout', section: name, buffer: edit.buffer, layout }];
    }
    case 'set-kernel': {
      const { dispatch } = locateLaunch(section, name, edit.launch);
      const launch = dispatch.launches.find((candidate) => candidate.id === edit.launch);
      return launch === undefined
        ? []
        : [{ kind: 'set-kernel', section: name, launch: edit.launch, kernel: launch.kernel }];
    }
    case 'fuse-launches': {
      // No edit makes several launches of one: put the dispatches back as they were.
      const { part, index, dispatches } = locateFused(section, edit);
      const [{ id }] = dispatches as [DispatchStep];
      return [
        { kind: 'remove-step', section: name, part, step: id },
        ...dispatches.map(
          (step, i): PlanEdit => ({ kind: 'insert-step', section: name, part, index: index + i, step }),
        ),
      ];
    }
    case 'bind-argument': {
      const { part, index, dispatch } = locateLaunch(section, name, edit.launch);
      const launch = dispatch.launches.find((candidate) => candidate.id === edit.launch);
      const before = launch?.arguments[edit.argument];
      if (before !== undefined) return [{ ...edit, buffer: before }];
      // No edit takes an argument away: put the whole step back as it was.
      return [
        { kind: 'remove-step', section: name, part, step: dispatch.id },
        { kind: 'insert-step', section: name, part, index, step: dispatch },
      ];
    }
    case 'add-buffer':
      return [{ kind: 'remove-buffer', section: name, buffer: edit.buffer.id }];
    case 'remove-buffer': {
      // Buffers are added at the end: move those that came after it behind it again.
      const index = section.buffers.indexOf(findBuffer(section, name, edit.buffer));
      return section.buffers.slice(index).flatMap((buffer, i): PlanEdit[] => {
        const add: PlanEdit = { kind: 'add-buffer', section: name, buffer };
        return i === 0 ? [add] : [{ kind: 'remove-buffer', section: name, buffer: buffer.id }, add];
      });
    }
    case 'insert-step':
      return [{ kind: 'remove-step', section: name, part: edit.part, step: edit.step.id }];
    case 'remove-step': {
      const index = section[edit.part].findIndex((step) => step.id === edit.step);
      const step = section[edit.part][index];
      return step === undefined ? [] : [{ kind: 'insert-step', section: name, part: edit.part, index, step }];
    }
  }
}
