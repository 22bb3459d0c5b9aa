import {
  axisLength,
  type HostOperation,
  hostBuffers,
  type ModelSpec,
  type PlanBuffer,
  type SectionName,
} from '@tilewright/spec';

/** Where a step of the host stands. */
export interface HostPlace {
  readonly section: SectionName;
  readonly part: 'once' | 'layer';
}

/** Sections and parts in which the runner has what an operation needs. Absent: everywhere. */
const PLACES: Readonly<
  Partial<Record<HostOperation['name'], Partial<Record<SectionName, readonly HostPlace['part'][]>>>>
> = {
  embedding: { prefill: ['once', 'layer'], decode: ['once', 'layer'] },
  'rope-table': { prefill: ['once', 'layer'], decode: ['once', 'layer'] },
  'append-key-values': { prefill: ['layer'], decode: ['layer'] },
  'decode-attention': { prefill: ['layer'], decode: ['layer'] },
  'final-norm': { head: ['once'] },
  'gather-logits': { head: ['once'] },
};

/** What is wrong with a step of the host: where it stands, and what it reads and writes. */
export function hostFaults(
  operation: HostOperation,
  { section, part }: HostPlace,
  buffers: ReadonlyMap<string, PlanBuffer>,
  model: ModelSpec,
): string[] {
  const { name } = operation;
  const { reads, writes } = hostBuffers(operation);
  const faults = [...reads, ...writes]
    .filter((id) => !buffers.has(id))
    .map((id) => `${name} names ${id}, which is no buffer of the section`);
  if (faults.length > 0) return faults;
  const places = PLACES[name];
  if (places !== undefined && places[section]?.includes(part) !== true) {
    faults.push(`${name} has no place in the part ${part} of ${section}`);
  }
  const content = name === 'rope-table' ? 'rope-table' : 'activation';
  for (const id of [...reads, ...writes]) {
    const found = buffers.get(id)?.content.kind;
    if (found !== content) faults.push(`${name} works on ${content} buffers, and ${id} is ${found}`);
  }
  for (const [id, needed] of widths(operation, model)) {
    if (width(buffers.get(id)) !== needed) {
      faults.push(`${name} has ${needed} elements a row, and ${id} is laid out for ${width(buffers.get(id))}`);
    }
  }
  if (operation.name === 'transpose') {
    const [from, to] = [buffers.get(operation.input), buffers.get(operation.output)];
    if (from?.format !== to?.format) faults.push('the two sides of a transposition have different formats');
    if (from?.layout.rows !== to?.layout.rows) faults.push('the two sides of a transposition have different rows');
    if (width(from) !== width(to)) faults.push('the two sides of a transposition have different widths');
  }
  if (operation.name === 'gather-logits') {
    const total = operation.inputs.reduce((sum, id) => sum + width(buffers.get(id)), 0);
    if (total !== model.vocabularySize) {
      faults.push(`the gathered logits are ${total}, and the vocabulary has ${model.vocabularySize}`);
    }
  }
  return faults;
}

/** The buffers of an operation whose width follows from the model. */
function widths(operation: HostOperation, model: ModelSpec): readonly (readonly [string, number])[] {
  const [heads, keyValues] = [model.heads * model.headDim, model.keyValueHeads * model.headDim];
  switch (operation.name) {
    case 'embedding':
    case 'final-norm':
      return [[operation.output, model.hiddenSize]];
    case 'append-key-values':
      return [
        [operation.keys, keyValues],
        [operation.values, keyValues],
      ];
    case 'decode-attention':
      return [
        [operation.query, heads],
        [operation.output, heads],
      ];
    default:
      return [];
  }
}

function width(buffer: PlanBuffer | undefined): number {
  return buffer === undefined ? 0 : axisLength(buffer.layout.columns);
}
