import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowConfiguration, rowProgram } from '@tilewright/kernel-registry';
import { CONSTANTS, estimateProgram, loadTime, programLoad, XDNA2 } from '@tilewright/target-xdna2-sim';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';

/**
 * The estimator reads the Program and the constants, and nothing else: published rows calibrate it
 * and are not there when it runs.
 */
const repository = fileURLToPath(new URL('..', import.meta.url));

const SCRIPT = `
import { readFileSync } from 'node:fs';
import { estimateProgram } from '@tilewright/target-xdna2-sim';
const programs = JSON.parse(readFileSync(new URL('programs.json', import.meta.url), 'utf8'));
console.log(JSON.stringify(programs.map((program) => estimateProgram(program).us)));
`;

function facts(name: string) {
  return JSON.parse(readFileSync(join(repository, 'facts', name), 'utf8'));
}

describe('estimates', () => {
  const gated = new Set(Object.values<string[]>(facts('gated.json').latency).flat());
  const programs = facts('kernels.json')
    .filter(({ id }: { id: string }) => gated.has(id))
    .map(rowConfiguration)
    .filter((known: unknown) => known !== null)
    .map(rowProgram);
  const alone = mkdtempSync(join(tmpdir(), 'tilewright-without-facts-'));
  afterAll(() => rmSync(alone, { recursive: true, force: true }));

  it('are the same where there are no facts, no registry and no rows, and nothing else may be read', async () => {
    for (const name of ['spec', 'target-xdna2-sim']) {
      const copy = join(alone, 'node_modules', '@tilewright', name);
      mkdirSync(copy, { recursive: true });
      for (const part of ['dist', 'package.json']) {
        cpSync(join(repository, 'packages', name, part), join(copy, part), { recursive: true });
      }
    }
    writeFileSync(join(alone, 'programs.json'), JSON.stringify(programs));
    writeFileSync(join(alone, 'estimate.mjs'), SCRIPT);
    // With its permission model Node refuses to read a file anywhere else.
    const { allowedNodeEnvironmentFlags: flags } = process;
    const only = flags.has('--permission') ? '--permission' : '--experimental-permission';
    const permissions = [only, `--allow-fs-read=${alone}/*`];
    const { stdout } = await execa(process.execPath, [...permissions, join(alone, 'estimate.mjs')], { cwd: alone });
    expect(programs.length).toBeGreaterThan(200);
    expect(JSON.parse(stdout)).toEqual(
      programs.map((program: Parameters<typeof estimateProgram>[0]) => estimateProgram(program).us),
    );
  });

  it('change with the constants, and with nothing but them and the load', () => {
    const [program] = programs;
    const load = programLoad(program);
    const us = (constants: typeof CONSTANTS) =>
      loadTime(load, constants, XDNA2.clockMegahertz).reduce((sum, part) => sum + part.us, 0);
    expect(us(CONSTANTS)).toBe(estimateProgram({ ...program, name: 'another name' }).us);
    const more = { ...CONSTANTS, stagedLaunchUs: CONSTANTS.stagedLaunchUs + 10 };
    expect(us(more)).toBeCloseTo(us(CONSTANTS) + 10, 9);
  });
});
