import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { GOLDENS } from './support/deploy-golden.ts';

/** Processes that are killed; the default is for CI. */
const KILLS = Number(process.env.TILEWRIGHT_KILLS ?? 4);
/** Of the time that a whole deployment takes, the part within which each run is killed. */
const WITHIN = 0.6;
const child = fileURLToPath(new URL('support/deploy-in-child.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-kill-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface End {
  readonly killed: boolean;
  /** `deployed sha256:…` */
  readonly said: string;
  readonly ms: number;
}

/** Runs a deployment in a process of its own, and kills it some time after it begins. */
function run(workspace: string, killAfterMs: number | null): Promise<End> {
  return new Promise((resolve, reject) => {
    const deployment = spawn(process.execPath, [child, workspace, `${GOLDENS}llama-gqa`]);
    let said = '';
    let complaint = '';
    let begun = 0;
    deployment.stdout.on('data', (chunk: Buffer) => {
      if (begun === 0) {
        begun = performance.now();
        if (killAfterMs !== null) setTimeout(() => deployment.kill('SIGKILL'), killAfterMs);
      }
      said += chunk.toString();
    });
    deployment.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    deployment.on('error', reject);
    deployment.on('close', (status, signal) => {
      const end = {
        killed: signal === 'SIGKILL',
        said: said.trim().split('\n').at(-1) ?? '',
        ms: performance.now() - begun,
      };
      if (end.killed || status === 0) resolve(end);
      else reject(new Error(`It ended with ${status ?? signal}: ${complaint}`));
    });
  });
}

test(`${KILLS} processes killed at random instants end with the same plan`, {
  timeout: 60_000 + KILLS * 15_000,
}, async () => {
  const whole = await run(join(scratch, 'whole'), null);
  expect(whole.said).toMatch(/^deployed sha256:/);
  const instants: number[] = [];
  let deployments = 0;
  while (instants.length < KILLS) {
    const workspace = join(scratch, String(deployments++));
    for (;;) {
      // Killed again and again until it comes to its end, or enough have been killed.
      const instant = instants.length < KILLS ? Math.random() * WITHIN * whole.ms : null;
      const { killed, said } = await run(workspace, instant);
      if (killed && instant !== null) {
        instants.push(Math.round(instant));
        continue;
      }
      expect({ said, instants }).toEqual({ said: whole.said, instants });
      const files = readdirSync(workspace, { recursive: true, encoding: 'utf8' });
      expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      break;
    }
  }
});
