import { applyEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import type { DeviceModel, ModelSpec, Plan, PlanEdit } from '@tilewright/spec';
import { SMALL_DEVICE, smallPlan } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { requiredLayerWork } from './required-work.ts';
import { sectionWork } from './section-work.ts';

const MODEL: ModelSpec = { ...smallPlan().model, ...{ hiddenSize: 512, intermediateSize: 512, heads: 8, headDim: 64 } };
const DEVICE: DeviceModel = { ...SMALL_DEVICE, columns: 8, computeRows: 4, l1BytesPerTile: 65_536 };
const naive = naivePlan(MODEL, DEVICE, { prefillLength: 32, contextLength: 64 });

const FUSE: PlanEdit = {
  kind: 'fuse-launches',
  section: 'decode',
  launches: ['o_proj', 'attention_residual'],
  into: {
    id: 'attention_residual',
    kernel: {
      ...{ origin: 'registry', name: 'gemv-add', version: 1 },
      ...{ shape: { m: 512, k: 512 }, config: { herdColumns: 8 }, basis: { kind: 'edited', by: 'test' } },
    },
    arguments: { a: 'o_proj.weight', x: 'attention', residual: 'residual', c: 'attention_residual' },
    computes: 'attention_residual',
    inside: ['o_proj'],
  },
};

function work(plan: Plan): ReturnType<typeof sectionWork> {
  return sectionWork(plan, lowerPlan(plan, DEVICE), 'decode', requiredLayerWork(MODEL, 'decode', 1));
}

describe('sectionWork', () => {
  it('finds what a kernel has inside', () => {
    const [single, fused] = [work(naive), work(applyEdits(naive, [FUSE]))];
    expect(single.failures).toEqual([]);
    expect(fused.failures).toEqual([]);
    expect(fused.found).toBe(fused.required);
    expect(fused.foundMultiplyAccumulates).toBe(single.foundMultiplyAccumulates);
  });

  it('misses what is on the host', () => {
    const plan = applyEdits(naive, [{ kind: 'remove-step', section: 'decode', part: 'layer', step: 'o_proj' }]);
    expect(work(plan).failures).toMatchObject([{ kind: 'not-on-device', subject: 'decode o_proj' }]);
  });
});
