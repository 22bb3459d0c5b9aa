import type { Plan, PlanBuffer, PlanEdit } from '@tilewright/spec';
import type { BufferKind, ResidencyRule } from './edit-rule.ts';
import { noRule, sameForAll } from './no-rule.ts';
import { usesOf } from './plan-parts.ts';

type SetResidency = Extract<PlanEdit, { readonly kind: 'set-residency' }>;

/** The rule behind other places for buffers: for all that are used alike first, then for those with the same content. */
export function residencyRules(edits: readonly SetResidency[], plan: Plan): readonly ResidencyRule[] {
  const name = sameForAll(edits, ({ section }) => section, 'section');
  const section = plan.sections[name];
  const kinds = new Map<string, BufferKind>();
  const contents: (string | null)[] = [];
  for (const { buffer: id, residency, role } of edits) {
    const buffer = section.buffers.find((one) => one.id === id);
    if (buffer === undefined) throw noRule(`the plan has no buffer ${id}`);
    const uses = usesOf(section, id);
    if (uses.length === 0) throw noRule(`nobody uses the buffer ${id}`);
    const kind: BufferKind = {
      ...{ content: buffer.content.kind, scope: buffer.scope, uses },
      from: { residency: buffer.residency, role: buffer.role },
      to: { residency, role },
    };
    kinds.set(JSON.stringify(kind), kind);
    contents.push(contentName(buffer));
  }
  const rule = { kind: 'set-residency', section: name, buffers: [...kinds.values()] } as const;
  const named = contents.flatMap((content) => content ?? []);
  return [{ ...rule, only: null }, ...(named.length === contents.length ? [{ ...rule, only: named }] : [])];
}

/** The tap or weight that a buffer holds; null for one that is named after neither. */
function contentName({ content }: PlanBuffer): string | null {
  switch (content.kind) {
    case 'activation':
      return content.tap;
    case 'matrix':
    case 'vector':
      return content.weight;
    default:
      return null;
  }
}
