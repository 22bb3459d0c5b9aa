import {
  type AxisLayout,
  axisLength,
  layerOps,
  layerWeight,
  MODEL_WEIGHTS,
  type ModelSpec,
  type Plan,
  type PlanBuffer,
  type SectionName,
  type TensorLayout,
  type WeightContent,
  weightShapes,
} from '@tilewright/spec';

/** What is wrong with a buffer by itself: its layout, and whether its content fits it. */
export function bufferFaults(buffer: PlanBuffer, section: SectionName, plan: Plan): readonly string[] {
  const { layout, content } = buffer;
  const faults = [...layoutFaults(layout)];
  if (section === 'head' && buffer.scope === 'layer') faults.push('the head belongs to no layer, and the buffer does');
  if (faults.length > 0) return faults;
  switch (content.kind) {
    case 'scratch':
      return faults;
    case 'rope-table':
      return layout.order === 'sequence-first' && axisLength(layout.columns) % plan.model.headDim === 0
        ? rowFaults(layout, section, plan)
        : ['a rotation table has one row of head_dim per position and head, sequence first'];
    case 'activation':
      return [...rowFaults(layout, section, plan), ...tapFaults(content.tap, layout, plan.model)];
    case 'matrix':
    case 'vector':
      return weightFaults(buffer, content, plan.model);
  }
}

function layoutFaults(layout: TensorLayout): string[] {
  const { columns } = layout;
  const faults = axisFaults('columns', columns);
  if (!natural(layout.rows) || !natural(layout.heads)) faults.push('rows and heads must be whole numbers above 0');
  else if (columns.total % layout.heads !== 0) {
    faults.push(`${columns.total} columns are not ${layout.heads} heads of one width`);
  }
  return faults;
}

function axisFaults(name: string, axis: AxisLayout): string[] {
  if (![axis.segments, axis.size, axis.paddedSize, axis.total].every(natural)) {
    return [`the sizes of its ${name} must be whole numbers above 0`];
  }
  const faults: string[] = [];
  if (axis.size > axis.paddedSize) faults.push(`its ${name} pad ${axis.size} to ${axis.paddedSize}, which is less`);
  if (axis.segments * axis.paddedSize > axis.total) {
    faults.push(`its ${name} hold ${axis.segments} × ${axis.paddedSize} elements in ${axis.total}`);
  }
  return faults;
}

function natural(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function rowFaults(layout: TensorLayout, section: SectionName, plan: Plan): string[] {
  const needed = section === 'prefill' ? plan.prefillLength : 1;
  return layout.rows < needed ? [`it has ${layout.rows} rows, and the section computes ${needed}`] : [];
}

function tapFaults(tap: string, layout: TensorLayout, model: ModelSpec): string[] {
  if (tap === 'logits') return [];
  const width = tapWidth(tap, model);
  if (width === undefined) return [`it holds ${tap}, which is no value of the forward pass`];
  const length = axisLength(layout.columns);
  return length === width ? [] : [`it holds ${tap} of ${width} elements a row, and is laid out for ${length}`];
}

function tapWidth(tap: string, model: ModelSpec): number | undefined {
  if (tap === 'input' || tap === 'embedding' || tap === 'final_norm') return model.hiddenSize;
  return layerOps(model).find((op) => op.output === tap)?.outputWidth;
}

function weightFaults(buffer: PlanBuffer, content: WeightContent, model: ModelSpec): string[] {
  const { scope, layout } = buffer;
  const names: readonly string[] = Object.values(MODEL_WEIGHTS);
  const name = scope === 'layer' && !names.includes(content.weight) ? layerWeight(0, content.weight) : content.weight;
  const shape = weightShapes(model).get(name);
  if (shape === undefined) return [`the model has no weight ${content.weight} for scope ${scope}`];
  if (content.kind === 'vector') {
    const length = axisLength(layout.columns);
    if (shape.length !== 1) return [`${content.weight} is a matrix, and the buffer wants a vector`];
    return length === shape[0] ? [] : [`${content.weight} has ${shape[0]} elements, and the layout ${length}`];
  }
  const [outputs, inputs] = shape;
  if (outputs === undefined || inputs === undefined)
    return [`${content.weight} is a vector, and the buffer wants a matrix`];
  const faults = [...axisFaults('inputs', content.input), ...axisFaults('outputs', content.output)];
  if (faults.length > 0) return faults;
  const { firstOutput, outputs: taken } = content;
  if (axisLength(content.input) !== inputs) faults.push(`its inputs are ${axisLength(content.input)}, not ${inputs}`);
  if (axisLength(content.output) !== taken) faults.push(`its outputs are ${axisLength(content.output)}, not ${taken}`);
  if (firstOutput < 0 || firstOutput + taken > outputs) {
    faults.push(`it takes outputs ${firstOutput} to ${firstOutput + taken} of ${outputs}`);
  }
  const [rows, columns] =
    content.stored === 'in-out' ? [content.input, content.output] : [content.output, content.input];
  const { interleavedWith } = content;
  const totalRows = rows.total * (interleavedWith === undefined ? 1 : 2);
  if (interleavedWith !== undefined) faults.push(...interleavedFaults(content, scope, model, shape));
  if (layout.rows !== totalRows || layout.columns.total !== columns.total) {
    faults.push(
      `stored ${content.stored} it is ${totalRows} × ${columns.total}, and its layout ${layout.rows} × ${layout.columns.total}`,
    );
  }
  return faults;
}

function interleavedFaults(
  { stored, interleavedWith = '' }: WeightContent & { kind: 'matrix' },
  scope: PlanBuffer['scope'],
  model: ModelSpec,
  shape: readonly number[],
): string[] {
  if (stored !== 'out-in') return ['rows of two matrices can alternate only where an output is a row'];
  const other = weightShapes(model).get(scope === 'layer' ? layerWeight(0, interleavedWith) : interleavedWith);
  if (other === undefined) return [`the model has no weight ${interleavedWith} for scope ${scope}`];
  return other.join(' × ') === shape.join(' × ')
    ? []
    : [`${interleavedWith} is ${other.join(' × ')}, and cannot alternate with ${shape.join(' × ')}`];
}
