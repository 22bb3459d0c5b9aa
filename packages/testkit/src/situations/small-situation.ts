import { type ModelSpec, type Plan, type PlanBuffer, type PlanStep, plainAxis, type Situation } from '@tilewright/spec';
import { addProgram } from '../programs/add-program.ts';
import { SMALL_DEVICE } from '../scripted/small-device.ts';

const MODEL: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 2,
  hiddenSize: 64,
  intermediateSize: 128,
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  vocabularySize: 256,
  maxPositions: 128,
  rmsNormEpsilon: 1e-5,
  rope: { theta: 10_000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'bf16',
  beginOfTextToken: 1,
  endOfTextTokens: [2],
};

/**
 * A plan to look at, not to run: two dispatches of each layer, written as authored kernels, between which a
 * value goes through the host. Its names and shapes hold together.
 */
export function smallPlan(): Plan {
  const section = (rows: number): Plan['sections']['prefill'] => ({
    buffers: [
      activation('residual', 'output', rows, 'input'),
      activation('o_proj', 'o_proj', rows, 'input'),
      activation('attention_residual', 'attention_residual', rows, 'output'),
      activation('down_proj', 'down_proj', rows, 'input'),
    ],
    residual: 'residual',
    once: [{ kind: 'host', id: 'embedding', operation: { name: 'embedding', output: 'residual' } }],
    layer: [
      addStep('attention_residual', rows, { a: 'residual', b: 'o_proj', c: 'attention_residual' }),
      addStep('output', rows, { a: 'attention_residual', b: 'down_proj', c: 'residual' }),
    ],
  });
  return {
    specificationVersion: 'v1',
    model: MODEL,
    device: SMALL_DEVICE.id,
    prefillLength: 16,
    contextLength: 32,
    sections: {
      prefill: section(16),
      decode: section(1),
      head: { buffers: [], residual: null, once: [], layer: [] },
    },
  };
}

/** A situation without profile or failure, at a phase. Spread it and add what a test is about. */
export function smallSituation(phase: number): Situation {
  return { phase, plan: smallPlan(), device: SMALL_DEVICE, profile: null, failure: null };
}

function activation(id: string, tap: string, rows: number, role: PlanBuffer['role']): PlanBuffer {
  return {
    id,
    role,
    residency: 'host',
    scope: 'model',
    format: 'bf16',
    layout: { order: 'sequence-first', rows, heads: 1, columns: plainAxis(MODEL.hiddenSize) },
    content: { kind: 'activation', tap },
  };
}

function addStep(id: string, rows: number, bound: Readonly<Record<string, string>>): PlanStep {
  const program = addProgram({ tiles: 1, steps: rows, tile: MODEL.hiddenSize });
  return {
    kind: 'dispatch',
    id,
    launches: [{ id, kernel: { origin: 'authored', name: 'add', program }, arguments: bound, computes: id }],
  };
}
