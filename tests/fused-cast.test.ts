import { applyEdits, checkPlan, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { openModel } from '@tilewright/oracle';
import { f32ToBf16NearestEven, type Plan, type PlanEdit, type RegistryKernel, type Tensor } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { expect, test } from 'vitest';

const MODEL = 'models/tiny-llama';
const TAP = 'layers.0.gate_proj';
const tokens = Array.from({ length: 128 }, (_, i) => (i * 37 + 11) % 2048);

/** The gate projection of the prefill in two launches, its scratch memory a buffer of the plan. */
function fusedGate(plan: Plan): readonly PlanEdit[] {
  const steps = plan.sections.prefill.layer.flatMap((step) => (step.kind === 'dispatch' ? step.launches : []));
  const kernel = steps.find(({ id }) => id === 'gate_proj')?.kernel as RegistryKernel;
  const { m = 0, n = 0 } = kernel.shape;
  const layout = plan.sections.prefill.buffers.find(({ id }) => id === 'gate_proj')?.layout;
  if (layout === undefined) throw new Error('The plan has no gate projection.');
  const columns = { segments: 1, size: m * n, paddedSize: m * n, total: m * n };
  const section = 'prefill';
  return [
    {
      kind: 'set-kernel',
      section,
      launch: 'gate_proj',
      kernel: {
        ...kernel,
        config: { ...kernel.config, method: 'fused-cast' },
        basis: { kind: 'edited', by: 'a test' },
      },
    },
    {
      kind: 'add-buffer',
      section,
      buffer: {
        ...{ id: 'between', role: 'intermediate', residency: 'device', scope: 'model', format: 'f32' },
        layout: { order: 'sequence-first', rows: 1, heads: 1, columns },
        content: { kind: 'scratch' },
      },
    },
    { kind: 'bind-argument', section, launch: 'gate_proj', argument: 'scratch', buffer: 'between' },
  ];
}

test('a kernel of two launches and scratch memory runs in a deployment and truncates where one launch rounds', async () => {
  const model = await openModel(MODEL);
  const target = xdna2Simulator();
  const naive = naivePlan(model.spec, target.device, { prefillLength: 128, contextLength: 160 });
  const fused = applyEdits(naive, fusedGate(naive));
  expect(checkPlan(fused, target.device)).toEqual([]);
  const lowered = lowerPlan(fused, target.device);
  const gate = lowered.dispatches.find(({ id }) => id === 'prefill/gate_proj');
  expect(gate?.program.hostPath).toBe('elf');
  expect(gate?.program.launches.map(({ name }) => name)).toEqual(['gate_proj/gemm', 'gate_proj/cast']);
  expect(gate?.buffers.at(-1)).toBe('between');

  const gateOf = async (plan: Plan): Promise<Tensor> => {
    const compiled = await target.compile(lowerPlan(plan, target.device));
    const deployed = await deployModel({ plan, compiled, target, weights: model.weights });
    let found: Tensor | undefined;
    const onTap = ({ name, value }: { name: string; value: Tensor }): void => {
      if (name === TAP) found = { shape: value.shape, data: value.data.slice() };
    };
    await deployed.start().forward({ tokens, taps: new Set([TAP]), logits: 'last', onTap });
    await deployed.close();
    if (found === undefined) throw new Error(`${TAP} was not computed.`);
    return found;
  };
  const rounded = await gateOf(naive);
  const truncated = await gateOf(fused);
  let differing = 0;
  for (const [i, value] of truncated.data.entries()) {
    const other = rounded.data[i] as number;
    if (value === other) continue;
    differing++;
    // The accumulators are the same: nearest even lies one step of bf16 further from zero, or not at all.
    expect(f32ToBf16NearestEven(other) - f32ToBf16NearestEven(value)).toBe(1);
  }
  expect(differing / truncated.data.length).toBeGreaterThan(0.4);
  expect(differing / truncated.data.length).toBeLessThan(0.6);
  await model.close();
}, 60_000);
