import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from '@tilewright/evaluator';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { OptimizationTrajectory, PerformanceProfile } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { measuringTarget } from '@tilewright/testkit';
import { afterAll, expect, it } from 'vitest';
import { deployGolden, GOLDENS } from './support/deploy-golden.ts';

const workspace = mkdtempSync(join(tmpdir(), 'tilewright-measuring-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

const readJson = <T>(name: string): T => JSON.parse(readFileSync(join(workspace, name), 'utf8')) as T;
const judge = () =>
  evaluate({
    ...{ workspace, modelDirectory: `${GOLDENS}llama-gqa` },
    // Another run of the same machine: its noise is its own.
    target: measuringTarget(xdna2Simulator(), { seed: 2 }),
  });

it('a target that measures goes through all phases and a passing evaluation', { timeout: 180_000 }, async () => {
  const result = await deployGolden(workspace, {
    target: measuringTarget(xdna2Simulator()),
    // One is enough to see attempts measured, and each of its attempts takes 21 runs.
    skills: OPTIMIZATION_SKILLS.slice(0, 1),
  });
  expect(result).toMatchObject({ status: 'deployed', reason: null });
  const { attempts } = readJson<OptimizationTrajectory>('perf_opt_traj.json');
  // Whether one is kept is up to the noise: its interval must lie apart.
  expect(attempts.length).toBeGreaterThan(0);
  expect(new Set(attempts.map(({ timing }) => timing))).toEqual(new Set(['measurement']));
  const profile = readJson<PerformanceProfile>('profile.json');
  expect(profile.timing).toBe('measurement');

  const report = await judge();
  expect(report.claims.filter(({ agrees }) => !agrees)).toEqual([]);
  expect(report.verdict).toBe('pass');
  expect(report.performance.timing).toBe('measurement');

  // A speed that was not measured is still a claim that does not agree.
  writeFileSync(
    join(workspace, 'profile.json'),
    JSON.stringify({ ...profile, decodeTokensPerSecond: 3 * profile.decodeTokensPerSecond }),
  );
  const accused = (await judge()).claims.filter(({ agrees }) => !agrees);
  expect(accused.map(({ claim }) => claim)).toContain('profile: decode speed');
});
