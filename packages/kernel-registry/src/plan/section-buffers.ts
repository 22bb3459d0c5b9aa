import {
  type BufferContent,
  type BufferRole,
  type ModelSpec,
  type PlanBuffer,
  type ProgramArgument,
  plainAxis,
  type TensorLayout,
} from '@tilewright/spec';
import { type Axes, columnsOf, groupsOf, headColumns, widthOf } from './axes.ts';
import type { Operand } from './op-kernel.ts';

/** The residual stream: enters a layer as `input`, leaves it as `output`. */
export const RESIDUAL = 'residual';

/** The buffers of a section, made as steps ask for them, in that order. Every value lives on the host. */
export class SectionBuffers {
  readonly #model: ModelSpec;
  readonly #axes: Axes;
  readonly #matrices: 'in-out' | 'out-in';
  readonly #buffers = new Map<string, PlanBuffer>();

  /** `matrices` is how the section's matrix kernels read weights. */
  constructor(model: ModelSpec, axes: Axes, matrices: 'in-out' | 'out-in') {
    this.#model = model;
    this.#axes = axes;
    this.#matrices = matrices;
  }

  all(): readonly PlanBuffer[] {
    return [...this.#buffers.values()];
  }

  /** The buffer of a value of the forward pass; `role` counts when it is first made. */
  activation(tap: string, order: TensorLayout['order'], role: BufferRole): string {
    const residual = tap === 'input' || tap === 'output';
    const id = residual ? RESIDUAL : order === 'heads-first' ? `${tap}.heads_first` : tap;
    const layout = order === 'heads-first' ? this.#headsFirst(tap) : this.#sequenceFirst(tap);
    return this.#add(id, role, 'model', layout, { kind: 'activation', tap: residual ? 'output' : tap });
  }

  /** Rotation rows for a tap's heads. */
  ropeTable(tap: string): string {
    return this.#add(`rope_table.${widthOf(tap)}`, 'input', 'model', this.#sequenceFirst(tap), { kind: 'rope-table' });
  }

  /** Memory between the launches of one kernel: nobody's value, so it stays on the device from the start. */
  scratch(launch: string, argument: ProgramArgument): string {
    const layout: TensorLayout = {
      order: 'sequence-first',
      rows: 1,
      heads: 1,
      columns: plainAxis(argument.elements),
    };
    const id = `${launch}.${argument.name}`;
    this.#buffers.set(id, {
      id,
      role: 'intermediate',
      residency: 'device',
      scope: 'model',
      format: argument.format,
      layout,
      content: { kind: 'scratch' },
    });
    return id;
  }

  /** What a kernel's argument is bound to when it computes `output` from `input`. */
  operand(operand: Operand, input: string, output: string): string {
    const { headDim } = this.#model;
    switch (operand.kind) {
      case 'tap':
        return this.activation(operand.tap, operand.order, operand.tap === output ? 'output' : 'input');
      case 'rope-table':
        return this.ropeTable(output);
      case 'vector': {
        const perHead = operand.weight === 'q_norm.weight' || operand.weight === 'k_norm.weight';
        const columns = perHead
          ? headColumns(1, true, this.#model, this.#axes.headWidth)
          : columnsOf(output, this.#model, this.#axes);
        const heads = perHead || columns.size !== headDim ? 1 : groupsOf(output, this.#axes);
        const layout: TensorLayout = { order: 'sequence-first', rows: 1, heads, columns };
        return this.#add(operand.weight, 'static', 'layer', layout, { kind: 'vector', weight: operand.weight });
      }
      case 'matrix': {
        const from = columnsOf(input, this.#model, this.#axes);
        const to = columnsOf(output, this.#model, this.#axes);
        const [rows, columns] = this.#matrices === 'in-out' ? [from, to] : [to, from];
        const layout: TensorLayout = { order: 'sequence-first', rows: rows.total, heads: 1, columns };
        return this.#add(operand.weight, 'static', 'layer', layout, {
          kind: 'matrix',
          weight: operand.weight,
          stored: this.#matrices,
          input: from,
          output: to,
          firstOutput: 0,
          outputs: to.segments * to.size,
        });
      }
    }
  }

  #sequenceFirst(tap: string): TensorLayout {
    return {
      order: 'sequence-first',
      rows: this.#axes.rows,
      heads: groupsOf(tap, this.#axes),
      columns: columnsOf(tap, this.#model, this.#axes),
    };
  }

  #headsFirst(tap: string): TensorLayout {
    const heads = widthOf(tap) === 'query' ? this.#model.heads : this.#model.keyValueHeads;
    const total = heads * this.#axes.headWidth;
    return {
      order: 'heads-first',
      rows: this.#axes.rows,
      heads,
      columns: { ...columnsOf(tap, this.#model, this.#axes), total },
    };
  }

  #add(id: string, role: BufferRole, scope: PlanBuffer['scope'], layout: TensorLayout, content: BufferContent): string {
    if (!this.#buffers.has(id)) {
      this.#buffers.set(id, { id, role, residency: 'host', scope, format: 'bf16', layout, content });
    }
    return id;
  }
}
