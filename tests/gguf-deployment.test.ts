import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rulesAgent } from '@tilewright/agent-rules';
import { evaluate } from '@tilewright/evaluator';
import { type DeployRequest, type DeployResult, deploy } from '@tilewright/phases';
import type { Review } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { afterAll, describe, expect, it } from 'vitest';

const modelDirectory = fileURLToPath(new URL('../test-data/goldens-gguf/llama3-rope.f16.gguf', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-gguf-'));
const directory = join(scratch, 'taps');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function run(workspace: string, changes: Partial<DeployRequest> = {}): Promise<DeployResult> {
  return deploy({
    ...{ modelDirectory, workspace, target: xdna2Simulator(), agent: rulesAgent(), skills: [] },
    ...{ reviewer: { review: async (): Promise<Review> => ({ kind: 'approve' }) }, seed: 7 },
    ...{ prefillTokens: 32, contextLength: 96, tapCache: { directory } },
    ...changes,
  });
}

const entries = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.taps'))
    .map((name) => join(directory, name));

/** Doubles every value, with digests that are right: what somebody could do who may write there. */
function falsify(file: string): void {
  const content = readFileSync(file);
  const length = Number(content.readBigUInt64LE(content.length - 8));
  const end = content.length - 8 - length;
  const values = new Float32Array(new Uint8Array(content.subarray(0, end)).buffer);
  for (let i = 0; i < values.length; i++) values[i] = 2 * (values[i] as number);
  const bytes = new Uint8Array(values.buffer);
  const { call, taps } = JSON.parse(content.subarray(end, end + length).toString('utf8'));
  for (const [key, tap] of taps) {
    const elements = tap.shape.reduce((product: number, extent: number) => product * extent, 1);
    const hash = createHash('sha256').update(`${key} [${tap.shape.join(',')}]\n`);
    tap.sha256 = hash.update(bytes.subarray(tap.position, tap.position + 4 * elements)).digest('hex');
  }
  const index = Buffer.from(JSON.stringify({ call, taps }));
  const trailer = Buffer.alloc(8);
  trailer.writeBigUInt64LE(BigInt(index.length));
  writeFileSync(file, Buffer.concat([bytes, index, trailer]));
}

describe('a model in a GGUF file', () => {
  const workspace = join(scratch, 'first');

  it('goes through phases 0 to 6 and a passing evaluation', { timeout: 120_000 }, async () => {
    const { status, reason, reports } = await run(workspace);
    expect({ status, reason }).toEqual({ status: 'deployed', reason: null });
    expect(reports.map(({ verdict }) => verdict)).toEqual(new Array(7).fill('pass'));
    expect(reports[0]?.evidence.comparedElements).toBe(97 * 320);
    expect(entries().length).toBeGreaterThan(30);
  });

  it('is judged by what the evaluator computes, whatever the deployment has stored', { timeout: 120_000 }, async () => {
    const stored = entries();
    for (const file of stored) falsify(file);
    const report = await evaluate({ workspace, modelDirectory, target: xdna2Simulator() });
    expect(report.verdict).toBe('pass');
    expect(entries()).toEqual(stored);
    // The phases do look there: to them the honest deployment is now wrong.
    const misled = await run(join(scratch, 'second'), { lastPhase: 1 });
    expect(misled.status).toBe('failed');
  });
});
