import {
  type DispatchStep,
  type HostOperation,
  type HostStep,
  layerOps,
  type ModelSpec,
  type OpNode,
  type PlanSection,
  type PlanStep,
  type RegistryKernel,
} from '@tilewright/spec';
import { kernelDefinition } from '../registry/lookup.ts';
import { agreeAxes } from './agree-axes.ts';
import type { Axes } from './axes.ts';
import { opKernel } from './op-kernel.ts';
import type { KernelPlanner } from './registry-kernel.ts';
import { RESIDUAL, SectionBuffers } from './section-buffers.ts';

type Phase = 'prefill' | 'decode';

/** A section that runs the layers, and how many rows it computes. */
export interface LayerSection {
  readonly section: PlanSection;
  readonly rows: number;
}

/**
 * The naive prefill or decode: one dispatch per op of a layer. The prefill's attention runs on the device,
 * heads first, between transpositions on the host; in decode it is the host's, over its KV cache.
 */
export function layerSection(model: ModelSpec, plan: KernelPlanner, rows: number, phase: Phase): LayerSection {
  const ops = layerOps(model);
  const dispatched = phase === 'prefill' ? ops : ops.filter((op) => op.kind !== 'attention');
  const axes = agreeAxes(dispatched, model, plan, rows, phase);
  const buffers = new SectionBuffers(model, axes, phase === 'prefill' ? 'in-out' : 'out-in');

  const once: PlanStep[] = [
    host('embedding', { name: 'embedding', output: buffers.activation('input', 'sequence-first', 'input') }),
  ];
  for (const tap of ['q_rope', 'k_rope']) {
    const output = buffers.ropeTable(tap);
    once.push(host(output, { name: 'rope-table', output }));
  }
  const layer = ops.flatMap((op) =>
    op.kind === 'attention'
      ? attentionSteps(op, model, plan, axes, buffers, phase)
      : [dispatch(op, model, plan, axes, buffers, phase)],
  );
  return { section: { buffers: buffers.all(), residual: RESIDUAL, once, layer }, rows: axes.rows };
}

function attentionSteps(
  op: OpNode,
  model: ModelSpec,
  plan: KernelPlanner,
  axes: Axes,
  buffers: SectionBuffers,
  phase: Phase,
): PlanStep[] {
  const place = (tap: string): string => buffers.activation(tap, 'sequence-first', 'input');
  const append = host('append_key_values', {
    name: 'append-key-values',
    keys: place('k_rope'),
    values: place('v_proj'),
  });
  if (phase === 'decode') {
    const attend: HostOperation = { name: 'decode-attention', query: place('q_rope'), output: place(op.output) };
    return [append, host(op.output, attend)];
  }
  const transposeIn = ['q_rope', 'k_rope', 'v_proj'].map((tap) => {
    const output = buffers.activation(tap, 'heads-first', 'input');
    return host(`transpose.${tap}`, { name: 'transpose', input: place(tap), output });
  });
  const attend = dispatch(op, model, plan, axes, buffers, phase);
  const transposeOut = host(`transpose.${op.output}`, {
    name: 'transpose',
    input: buffers.activation(op.output, 'heads-first', 'output'),
    output: place(op.output),
  });
  return [append, ...transposeIn, attend, transposeOut];
}

function dispatch(
  op: OpNode,
  model: ModelSpec,
  plan: KernelPlanner,
  axes: Axes,
  buffers: SectionBuffers,
  phase: Phase,
): DispatchStep {
  const wanted = opKernel(op, model, axes, phase);
  const planned = plan(wanted.kernel, wanted.shape);
  const kernel = op.kind === 'attention' ? headsFirst(planned) : planned;
  const built = kernelDefinition(kernel.name).build(kernel.shape, kernel.config);
  const bound = built.arguments.map((argument): [string, string] => {
    const operand = wanted.operands[argument.name];
    const buffer =
      operand === undefined
        ? buffers.scratch(op.output, argument)
        : buffers.operand(operand, op.inputs[0] as string, op.output);
    return [argument.name, buffer];
  });
  return {
    kind: 'dispatch',
    id: op.output,
    launches: [
      {
        id: op.output,
        kernel,
        arguments: Object.fromEntries(bound),
        computes: op.output,
      },
    ],
  };
}

/** The naive plan transposes around attention: the same tiles, over heads-first buffers. */
function headsFirst(kernel: RegistryKernel): RegistryKernel {
  if (kernel.config.layout === 'heads-first') return kernel;
  const nearest = kernel.basis.kind === 'row' ? kernel.basis.row : null;
  return {
    ...kernel,
    config: { ...kernel.config, layout: 'heads-first' },
    basis: { kind: 'derived', nearest, reason: 'the tiles of the best known configuration, over heads-first buffers' },
  };
}

function host(id: string, operation: HostOperation): HostStep {
  return { kind: 'host', id, operation };
}
