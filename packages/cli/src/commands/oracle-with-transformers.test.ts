import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedTransformers, scriptedPython } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { copyModel, GOLDENS, temporaryDirectory } from '../__fixtures__/repository.ts';

const NAME = 'llama-gqa';
const GOLDEN = join(GOLDENS, NAME);

/** The environment in which Python answers with what transformers once computed for the golden model. */
async function recorded(): Promise<{ environment: Record<string, string> }> {
  const python = await scriptedPython(await temporaryDirectory(), recordedTransformers(GOLDEN));
  return { environment: { TILEWRIGHT_PYTHON: python } };
}

async function shortTokens(): Promise<string> {
  const { cases } = JSON.parse(await readFile(join(GOLDEN, 'golden.json'), 'utf8'));
  return cases.find(({ name }: { name: string }) => name === 'short').tokens.join();
}

describe('oracle verify --with transformers', () => {
  it('compares every kernel, logits and the greedy token', async () => {
    const args = ['oracle', 'verify', GOLDEN, '--with', 'transformers', '--tokens', await shortTokens()];
    const run = await captured([...args, '--greedy', '1'], await recorded());
    expect(run.stdout).toContain('agrees with transformers');
    expect(run.exitStatus).toBe(0);
    const result = (await captured([...args, '--greedy', '1', '--json'], await recorded())).json();
    expect(result).toMatchObject({ passed: true, prompts: [{ name: 'given', tokens: 13 }] });
    expect(result.report.evidence.references).toEqual([expect.stringMatching(/^transformers 5\.0 /)]);
    expect(result.report.comparisons.length).toBeGreaterThan(30);
  });

  it('names what differs', async () => {
    const directory = await copyModel(GOLDEN);
    const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
    await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, rms_norm_eps: 0.1 }));
    const args = ['oracle', 'verify', directory, '--with', 'transformers', '--tokens', await shortTokens()];
    const run = await captured([...args, '--greedy', '1'], await recorded());
    expect(run.exitStatus).toBe(1);
    expect(run.stdout).toContain('differs from transformers');
    expect(run.stdout).toContain('First outside its tolerance: input_norm in layer 0');
  });

  it('says what to install where there is no Python', async () => {
    const environment = { TILEWRIGHT_PYTHON: '/nowhere/python3' };
    const run = await captured(['oracle', 'verify', GOLDEN, '--with', 'transformers', '--json'], { environment });
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({
      code: 'dependency-missing',
      remedy: expect.stringContaining('pip install torch transformers'),
    });
  });
});

describe('oracle golden', () => {
  it('writes what transformers computes, which oracle verify accepts', async () => {
    const directory = await copyModel(GOLDEN);
    const refused = await captured(['oracle', 'golden', directory, '--tokens', '1'], await recorded());
    expect(refused).toMatchObject({ exitStatus: 2, stderr: expect.stringContaining('--force') });

    for (const name of ['golden.json', 'golden.safetensors']) await rm(join(directory, name));
    const run = await captured(['oracle', 'golden', directory, '--tokens', await shortTokens()], await recorded());
    expect(run.stdout).toMatch(/tokens +13 +\d+ +32 /);
    expect(run.exitStatus).toBe(0);
    expect(await captured(['oracle', 'verify', directory])).toMatchObject({ exitStatus: 0 });
  });
});

describe('deploy --reference', () => {
  const phaseZero = async (reference: string, given: { environment: Record<string, string> }) => {
    const out = await temporaryDirectory();
    const run = await captured(['deploy', GOLDEN, '--out', out, '--reference', reference], given);
    const status = (await captured(['status', out])).stdout.replace(/\s+/g, ' ');
    return { run, line: /0 Build the oracle .* 1 /.exec(status)?.[0] ?? status };
  };

  it('none holds the oracle against nothing, and status says so', async () => {
    const { line } = await phaseZero('none', { environment: {} });
    expect(line).toContain('held against nothing');
  });

  it('auto is the golden alone where there is no Python', async () => {
    const { line } = await phaseZero('auto', { environment: { TILEWRIGHT_PYTHON: '/nowhere/python3' } });
    expect(line).toMatch(/largest absolute error \S+, against golden file/);
  });

  it('transformers must be there if it was asked for', async () => {
    const { run } = await phaseZero('transformers', { environment: { TILEWRIGHT_PYTHON: '/nowhere/python3' } });
    expect(run.exitStatus).toBe(2);
    expect(run.stderr).toContain('dependency-missing');
  });
});
