import {
  axisLength,
  BYTES_PER_ELEMENT,
  type Estimate,
  type HostModel,
  type HostOperation,
  type Plan,
  type SectionName,
  type TimePart,
} from '@tilewright/spec';
import { layoutBytes } from '../layout/pack-tensor.ts';

/** How much a host step has to do in one pass. */
export interface PassSize {
  /** Tokens that the pass computes. */
  readonly tokens: number;
  /** Tokens in the sequence after the pass. */
  readonly length: number;
}

/** What a host step does: bytes copied, bytes transposed, multiply-adds, and tokens that it sees through a layer. */
export interface HostWork {
  readonly copiedBytes: number;
  readonly transposedBytes: number;
  readonly multiplyAdds: number;
  readonly layerTokens: number;
}

/** The work of a host operation, from shapes alone. Throws nothing; unknown buffers count nothing. */
export function hostWork(operation: HostOperation, plan: Plan, section: SectionName, size: PassSize): HostWork {
  const { model } = plan;
  const keyValueWidth = model.keyValueHeads * model.headDim;
  const none: HostWork = { copiedBytes: 0, transposedBytes: 0, multiplyAdds: 0, layerTokens: 0 };
  switch (operation.name) {
    case 'embedding':
    case 'rope-table':
      return { ...none, copiedBytes: rowBytes(plan, section, operation.output) * size.tokens };
    case 'transpose':
      return { ...none, transposedBytes: bufferBytes(plan, section, operation.output) };
    case 'append-key-values':
      // Rows of heads become heads of rows: [layer, head, position, element]. The one host step that every layer has,
      // so that the runner's own time per layer is counted here.
      return {
        ...none,
        transposedBytes: 2 * keyValueWidth * BYTES_PER_ELEMENT.bf16 * size.tokens,
        layerTokens: size.tokens,
      };
    case 'decode-attention':
      // One multiply-add per element of the query with each key, and of each value into the output.
      return { ...none, multiplyAdds: 2 * model.heads * model.headDim * size.length };
    case 'final-norm':
      // The square and its sum, the scale, the weight.
      return { ...none, multiplyAdds: 3 * model.hiddenSize };
    case 'gather-logits':
      return { ...none, copiedBytes: model.vocabularySize * BYTES_PER_ELEMENT.f32 };
  }
}

/** The estimated time of a host step on this host. */
export function hostEstimate(work: HostWork, host: HostModel): Estimate {
  const parts: TimePart[] = [
    { name: 'host-step', us: host.stepUs },
    { name: 'host-layer', us: work.layerTokens * host.layerTokenUs },
    { name: 'host-copy', us: (work.copiedBytes / host.copyBytesPerSecond) * 1e6 },
    { name: 'host-transpose', us: (work.transposedBytes / host.transposeBytesPerSecond) * 1e6 },
    { name: 'host-compute', us: (work.multiplyAdds / host.flopsPerSecond) * 1e6 },
  ];
  const largest = parts.reduce((a, b) => (b.us > a.us ? b : a));
  return { kind: 'estimate', us: parts.reduce((sum, part) => sum + part.us, 0), parts, boundBy: largest.name };
}

function rowBytes(plan: Plan, section: SectionName, id: string): number {
  const buffer = plan.sections[section].buffers.find((candidate) => candidate.id === id);
  return buffer === undefined ? 0 : axisLength(buffer.layout.columns) * BYTES_PER_ELEMENT[buffer.format];
}

function bufferBytes(plan: Plan, section: SectionName, id: string): number {
  const buffer = plan.sections[section].buffers.find((candidate) => candidate.id === id);
  return buffer === undefined ? 0 : layoutBytes(buffer.layout, buffer.format);
}
