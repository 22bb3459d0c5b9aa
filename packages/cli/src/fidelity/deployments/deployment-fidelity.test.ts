import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../__fixtures__/repository.ts';
import { publishedRecords } from '../published-record.ts';
import { quantile } from '../quantile.ts';
import { ablationRecords } from './ablation-record.ts';
import { type DeploymentPair, deploymentFidelity } from './deployment-fidelity.ts';
import { deploymentRecords } from './deployment-record.ts';

function fact(name: string): unknown {
  return JSON.parse(readFileSync(join(REPOSITORY, 'facts', name), 'utf8'));
}

function errors(pairs: readonly DeploymentPair[]): number[] {
  return pairs.map(({ difference }) => Math.abs(difference));
}

describe('deployments as they were published', async () => {
  const found = await deploymentFidelity(
    {
      deployments: deploymentRecords(fact('models.json')),
      rows: publishedRecords(fact('kernels.json'), 'kernels.json'),
      ablation: ablationRecords(fact('trajectory.json')),
    },
    xdna2Simulator(),
  );

  it('the time to first token is near the published one, model by model', () => {
    expect(found.timeToFirstToken).toHaveLength(7);
    expect(quantile(errors(found.timeToFirstToken), 0.5)).toBeLessThan(0.07);
    expect(quantile(errors(found.timeToFirstToken), 1)).toBeLessThan(0.15);
  });

  it('so are the tokens per second', () => {
    expect(found.tokensPerSecond).toHaveLength(7);
    expect(quantile(errors(found.tokensPerSecond), 0.5)).toBeLessThan(0.1);
    expect(quantile(errors(found.tokensPerSecond), 1)).toBeLessThan(0.25);
  });

  it('so are the walls of the ablation, naive and merged, in prefill and decode', () => {
    const walls = found.ablation.filter(({ what }) => what.includes(' wall: '));
    expect(walls).toHaveLength(4);
    expect(quantile(errors(walls), 1)).toBeLessThan(0.1);
  });

  it('so are whole dispatches; attention, which is slower in a model than alone, within a quarter', () => {
    const attention = found.dispatches.filter(({ what }) => what === 'flash_attn');
    expect(attention).toHaveLength(2);
    expect(quantile(errors(attention), 1)).toBeLessThan(0.25);
    expect(found.dispatches).toHaveLength(12);
    expect(quantile(errors(found.dispatches), 0.5)).toBeLessThan(0.07);
  });
});

describe('records of models', () => {
  it('that are no language model are left out with a reason', async () => {
    const deployments = deploymentRecords({ models: [{ model: 'Eye', variant: 'bf16', config: { vision: {} } }, 7] });
    const found = await deploymentFidelity({ deployments, rows: [], ablation: [] }, xdna2Simulator());
    expect(found.left).toEqual([{ model: 'Eye', reason: expect.stringContaining('hidden_size') }]);
  });

  it('of any other form say nothing', () => {
    expect(deploymentRecords(null)).toEqual([]);
    expect(deploymentRecords({ models: 3 })).toEqual([]);
    expect(ablationRecords({})).toEqual([]);
    expect(ablationRecords([null, 1, { scope: 'ablation' }])).toEqual([]);
  });
});
