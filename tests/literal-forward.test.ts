import { lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel } from '@tilewright/npu-runtime';
import { openModel } from '@tilewright/oracle';
import type { Tensor } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { expect, it } from 'vitest';

it('a whole model computes the same bits when every transfer and tile step is executed literally', async () => {
  const model = await openModel('test-data/goldens/llama-unaligned');
  const target = xdna2Simulator();
  const plan = naivePlan(model.spec, target.device, { prefillLength: 16, contextLength: 32 });
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const logits = async (execution: 'literal' | 'fast'): Promise<readonly Tensor[]> => {
    const deployed = await deployModel({ plan, compiled, target, weights: model.weights, execution });
    const sequence = deployed.start();
    const prefill = await sequence.forward({ tokens: [7, 3, 11, 200], logits: 'all' });
    const decode = await sequence.forward({ tokens: [5] });
    await deployed.close();
    return [prefill, decode];
  };
  expect(await logits('literal')).toEqual(await logits('fast'));
  await model.close();
}, 60_000);
