import { axisLength, type HostOperation, type Plan, type Tensor, TilewrightError } from '@tilewright/spec';
import type { WeightStore } from '../weights/weight-store.ts';
import { normedRow } from './host-step.ts';
import type { Pass } from './pass.ts';
import type { SectionRunner } from './section-runner.ts';

/** What the head computes of a pass: [positions, …] each. */
export interface HeadResult {
  readonly logits: Tensor;
  /** Null where nobody asked for it. */
  readonly finalNorm: Tensor | null;
}

/**
 * Runs the head once for each position that wants logits: the last, or all. `stream` is the residual
 * stream of the pass, [tokens, hidden]. The tap `final_norm` has all positions, as the oracle's has.
 */
export async function runHead(
  head: SectionRunner,
  plan: Plan,
  weights: WeightStore,
  stream: Float32Array,
  pass: Pass,
  positions: 'last' | 'all',
): Promise<HeadResult> {
  const { model } = plan;
  const tokens = pass.tokens.length;
  const width = model.hiddenSize;
  const first = positions === 'all' ? 0 : tokens - 1;
  const parts = logitParts(plan);
  const logits = new Float32Array((tokens - first) * model.vocabularySize);
  const normed = pass.wants('final_norm') ? new Float32Array(tokens * width) : null;
  for (let row = 0; row < tokens; row++) {
    const headPass: Pass = {
      ...pass,
      tokens: pass.tokens.slice(row, row + 1),
      position: pass.position + row,
      feedRow: pass.feedRow + row,
      headInput: stream.subarray(row * width, (row + 1) * width),
    };
    if (row < first) {
      normed?.set(await normedRow(model, weights, headPass), row * width);
      continue;
    }
    await head.run(headPass);
    normed?.set(head.values.read(finalNormBuffer(plan), 0, 1), row * width);
    let offset = (row - first) * model.vocabularySize;
    for (const part of parts) {
      logits.set(head.values.read(part, 0, 1), offset);
      offset += axisLength(head.values.buffer(part).layout.columns);
    }
  }
  return {
    logits: { shape: [tokens - first, model.vocabularySize], data: logits },
    finalNorm: normed === null ? null : { shape: [tokens, width], data: normed },
  };
}

/** The buffers whose rows are the logits, in the order of the vocabulary. */
function logitParts(plan: Plan): readonly string[] {
  const operation = headOperation(plan, 'gather-logits');
  return operation.name === 'gather-logits' ? operation.inputs : [];
}

function finalNormBuffer(plan: Plan): string {
  const operation = headOperation(plan, 'final-norm');
  return operation.name === 'final-norm' ? operation.output : '';
}

function headOperation(plan: Plan, name: HostOperation['name']): HostOperation {
  for (const step of plan.sections.head.once) {
    if (step.kind === 'host' && step.operation.name === name) return step.operation;
  }
  throw new TilewrightError(
    'plan-invalid',
    `The head has no host step ${name}.`,
    'Start from the naive plan, whose head has one.',
    { field: 'head.once', expected: name },
  );
}
