import type { AxisLayout, KernelReference, Plan, PlanBuffer, PlanStep } from '@tilewright/spec';

/** A plan as text that people read and snapshots keep: one line per launch, host step and buffer. */
export function describePlan(plan: Plan): string {
  const lines = [`prefill of ${plan.prefillLength} tokens, context of ${plan.contextLength} tokens, on ${plan.device}`];
  for (const name of ['prefill', 'decode', 'head'] as const) {
    const { once, layer, buffers } = plan.sections[name];
    lines.push('', `${name}: once`, ...once.flatMap(describeStep));
    if (layer.length > 0) lines.push(`${name}: each of ${plan.model.layers} layers`, ...layer.flatMap(describeStep));
    lines.push(`${name}: buffers`, ...buffers.map(describeBuffer));
  }
  return `${lines.join('\n')}\n`;
}

function describeStep(step: PlanStep): string[] {
  if (step.kind === 'host') {
    const { name, ...operands } = step.operation;
    return [`  host ${step.id}: ${name} ${Object.values(operands).flat().join(' ')}`];
  }
  return step.launches.map((launch, index) => {
    const start = index === 0 ? step.id : ' '.repeat(step.id.length);
    const bound = Object.entries(launch.arguments).map(([argument, buffer]) => `${argument}=${buffer}`);
    const inside = launch.inside === undefined ? '' : ` | inside: ${launch.inside.join(' ')}`;
    return `  npu  ${start}: ${describeKernel(launch.kernel)} | ${bound.join(' ')}${inside}`;
  });
}

function describeKernel(kernel: KernelReference): string {
  if (kernel.origin === 'authored') return `authored ${kernel.name}`;
  const basis =
    kernel.basis.kind === 'row'
      ? `row ${kernel.basis.row}`
      : kernel.basis.kind === 'edited'
        ? `edited by ${kernel.basis.by}`
        : `derived${kernel.basis.nearest === null ? '' : ` from ${kernel.basis.nearest}`}`;
  return `${kernel.name} ${pairs(kernel.shape)} | ${pairs(kernel.config)} | ${basis}`;
}

function pairs(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function describeBuffer(buffer: PlanBuffer): string {
  const { layout } = buffer;
  const order = layout.order === 'heads-first' ? `heads-first ${layout.heads} × ` : '';
  const size = `${order}${layout.rows} × ${describeAxis(layout.columns)} ${buffer.format}`;
  return `  ${buffer.id}: ${buffer.residency} ${buffer.role} per ${buffer.scope}, ${size}`;
}

function describeAxis({ segments, size, paddedSize, total }: AxisLayout): string {
  const parts = segments === 1 ? `${size}` : `${segments}·${size}`;
  return segments * size === total ? parts : `${parts}→${segments === 1 ? '' : `${segments}·${paddedSize}→`}${total}`;
}
