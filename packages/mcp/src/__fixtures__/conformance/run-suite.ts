import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SuiteRun {
  /** 0 where every scenario that the revision requires passes, and exactly the expected ones fail. */
  readonly exitStatus: number;
  readonly output: string;
}

/** Runs what a revision of the protocol requires of servers, as the conformance package has it. */
export async function runSuite(url: string, revision: string, expectedFailures: readonly string[] = []): Promise<SuiteRun> {
  const directory = await mkdtemp(join(tmpdir(), 'tilewright-conformance-'));
  try {
    const baseline = join(directory, 'baseline.yml');
    await writeFile(baseline, ['server:', ...expectedFailures.map((scenario) => `  - ${scenario}`)].join('\n'));
    const require = createRequire(import.meta.url);
    const suite = require.resolve('@modelcontextprotocol/conformance/dist/index.js');
    const args = ['server', '--url', url, '--requirements', revision, '--output-dir', directory];
    const expected = expectedFailures.length === 0 ? [] : ['--expected-failures', baseline];
    const shim = fileURLToPath(new URL('glob-sync.mjs', import.meta.url));
    return await new Promise((resolve) => {
      const command = ['--import', shim, suite, ...args, ...expected];
      execFile(process.execPath, command, { maxBuffer: 1e8 }, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitStatus: status, output: stdout.slice(stdout.indexOf('=== SUMMARY')) + stderr });
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
