import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GateReport } from '@tilewright/spec';
import { TilewrightError } from '@tilewright/spec';
import type {
  DeploymentHooks,
  DeploymentOutcome,
  DeploymentRequest,
  TilewrightService,
} from '../service/tilewright-service.ts';

/** What a scripted deployment does, given what a real one is given. */
export type DeploymentScript = (request: DeploymentRequest, hooks: DeploymentHooks) => Promise<DeploymentOutcome>;

/** A service whose deployments do what the test says, in a working directory of its own. */
export async function scriptedService(deploy: DeploymentScript = accepted): Promise<TilewrightService> {
  return {
    version: '0.0.0-test',
    workingDirectory: await mkdtemp(join(tmpdir(), 'tilewright-mcp-')),
    deploy,
    evaluate: async ({ directory }, { onProgress }) => {
      onProgress({ phase: 7, kind: 'line', text: 'judged' });
      return { directory, ...VERDICT, gates: [], claims: [] };
    },
    estimate: async ({ model, promptTokens }) => {
      if (model === 'nowhere') throw new TilewrightError('file-missing', 'There is no model at nowhere.', 'Give one.');
      if (model === 'broken') throw new RangeError('index 7 is out of range');
      const naive = { timeToFirstTokenUs: 2000, decodeTokenUs: 100, decodeTokensPerSecond: 10_000 };
      return { model, target: 'xdna2-sim', promptTokens: promptTokens ?? 8, contextTokens: 9, naive, optimized: null };
    },
    status: async (directory) => ({
      ...{ directory, model: 'tiny', target: 'xdna2-sim', agent: 'rules', status: 'accepted', planDigest: 'sha256:1' },
      ...{ phases: [], gates: [], evaluation: { ...VERDICT, current: true } },
    }),
    report: async (directory) => ({ file: join(directory, 'report.html'), bytes: 12 }),
    searchKernels: async ({ kernel, shape }) => ({
      ...{ kernel, shape },
      configurations: [{ config: { tile_m: 32 }, estimatedUs: 4, boundBy: 'vector', publishedRow: null }],
    }),
    kernels: async () => [
      { name: 'gemm', summary: 'Matrix product.', shapeNames: ['m'], configNames: ['tile_m'], publishedRows: 1 },
    ],
    rows: async (kernel) => [
      { id: 'row-1', kernel, shape: { m: 1 }, config: { tile_m: 32 }, status: null, publishedUs: 3 },
    ],
    skills: async () => [
      { name: 'layout-alignment', kind: 'optimization', description: 'Aligns.', document: '# Aligns\n' },
    ],
  };
}

const VERDICT = {
  verdict: 'pass',
  summary: '8 gates pass',
  timing: 'estimate',
  promptTokens: 8,
  timeToFirstTokenUs: 1000,
  decodeTokensPerSecond: 50,
} as const;

/** How a deployment ends that nothing stopped. */
export async function accepted({ directory }: { readonly directory: string }): Promise<DeploymentOutcome> {
  return {
    ...{ directory, status: 'accepted', reason: null, planDigest: 'sha256:1' },
    ...{ phases: [], gates: [], evaluation: VERDICT, text: null, samePlan: null },
  };
}

function gateReport(phase: number): GateReport {
  return {
    ...{ specificationVersion: 'v1', gate: 'kernels', phase, verdict: 'pass', summary: '12 comparisons pass' },
    policyDigest: 'sha256:2',
    evidence: {
      ...{ plannedComparisons: 12, madeComparisons: 12, comparedElements: 120, seeds: [1], subjects: {}, elapsedMs: 1 },
    },
    ...{ comparisons: [], figures: [], failures: [], firstDeviation: null },
  };
}

/** Asks the reviewer about a phase, as a deployment does after it, and says what the answer was. */
export async function askAboutPhase(phase: number, { reviewer, signal }: DeploymentHooks): Promise<string> {
  const review = await reviewer.review({ phase, title: `Phase ${phase}`, report: gateReport(phase) }, { signal });
  return JSON.stringify(review);
}
