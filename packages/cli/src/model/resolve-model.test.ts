import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HubModel, type HubServer, hubServer } from '@tilewright/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, REPOSITORY, temporaryDirectory } from '../__fixtures__/repository.ts';
import { processSurroundings } from '../terminal/surroundings.ts';
import { deployedModelPath } from './resolve-model.ts';

const COMMIT = 'c'.repeat(40);
const GGUF = join(REPOSITORY, 'test-data/goldens-gguf');

async function publish(): Promise<{ hub: HubServer; environment: Record<string, string> }> {
  const directory = join(GOLDENS, 'llama-gqa');
  const names = (await readdir(directory)).filter((name) => !name.startsWith('golden'));
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name))));
  const files = Object.fromEntries(names.map((name, i) => [name, contents[i] ?? '']));
  const hub = await hubServer([{ name: 'org/llama-gqa', commit: COMMIT, files } satisfies HubModel]);
  onTestFinished(() => hub.close());
  const home = await temporaryDirectory();
  return { hub, environment: { HF_ENDPOINT: hub.url, HF_HOME: home, TILEWRIGHT_HOME: join(home, 'tilewright') } };
}

describe('MODEL', () => {
  it('is a directory, a GGUF file or a configuration', { timeout: 30_000 }, async () => {
    const estimated = async (model: string) => {
      const { model: found } = (await captured(['estimate', model, '--seq', '32', '--json'])).json();
      return [found.name, found.spec.hiddenSize];
    };
    expect(await estimated('models/tiny-llama')).toEqual(['tiny-llama', 256]);
    expect(await estimated('models/tiny-llama/config.json')).toEqual(['tiny-llama', 256]);
    expect(await estimated('test-data/goldens-gguf/tiny-llama.q4_0.gguf')).toEqual(['tiny-llama.q4_0', 256]);
    expect(await estimated('synthetic:test-data/configs/Qwen3-0.6B.json')).toEqual(['Qwen3-0.6B', 1024]);
  });

  it('may be a GGUF file wherever it is computed', { timeout: 30_000 }, async () => {
    const verified = await captured(['oracle', 'verify', join(GGUF, 'qwen3-qknorm.f16.gguf')]);
    expect(verified).toMatchObject({ exitStatus: 0 });
    const taps = await captured(['oracle', 'taps', join(GGUF, 'tiny-llama.q8_0.gguf'), '--names', 'logits', '--json']);
    expect(taps.json().taps).toMatchObject([{ name: 'logits' }]);
    expect(taps.json().tokens[0]).toBe(0);
  });

  it('may be on the hub: of it an estimate takes the configuration alone', { timeout: 30_000 }, async () => {
    const { hub, environment } = await publish();
    const run = await captured(['estimate', 'org/llama-gqa', '--seq', '32', '--json'], { environment });
    expect(run.exitStatus).toBe(0);
    expect(run.json().model.name).toBe('llama-gqa');
    expect(hub.requests.some((request) => request.includes('safetensors'))).toBe(false);
    const taps = await captured(['oracle', 'taps', `org/llama-gqa@${COMMIT}`, '--tokens', '1,2', '--json'], {
      environment,
    });
    expect(taps.exitStatus).toBe(0);
    expect(taps.json().directory).toContain(join('models--org--llama-gqa', 'snapshots', COMMIT));
  });

  it('is recorded with its commit, and found again by it', { timeout: 30_000 }, async () => {
    const { hub, environment } = await publish();
    const out = join(await temporaryDirectory(), 'out');
    const waiting = await captured(['deploy', 'org/llama-gqa', '--out', out], { environment });
    expect(waiting.exitStatus).toBe(3);
    const { model } = JSON.parse(await readFile(join(out, 'deployment.json'), 'utf8'));
    expect(model.source).toBe(`org/llama-gqa@${COMMIT}`);
    expect(model.directory).toContain(COMMIT);

    const progress = { step: () => {}, line: () => {}, pause: () => {}, resume: () => {}, end: () => {} };
    const { signal } = new AbortController();
    const context = { surroundings: processSurroundings({ environment }), progress, signal };
    const before = hub.requests.length;
    expect(await deployedModelPath(model, out, context)).toBe(model.directory);
    expect(hub.requests).toHaveLength(before);
    await rm(model.directory, { recursive: true });
    expect(await deployedModelPath(model, out, context)).toBe(model.directory);
    expect(await readdir(model.directory)).toContain('config.json');
    await rm(model.directory, { recursive: true });
    await hub.close();
    await expect(deployedModelPath(model, out, context)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('is refused with all that was tried', { timeout: 30_000 }, async () => {
    const { hub, environment } = await publish();
    const error = async (model: string) => {
      const run = await captured(['oracle', 'taps', model, '--json'], { environment });
      expect(run.exitStatus).toBe(2);
      return run.json().error;
    };
    expect(await error('nowhere')).toMatchObject({
      code: 'file-missing',
      remedy: expect.stringContaining('Hugging Face id'),
    });
    expect(await error('/nowhere/at/all')).toMatchObject({
      code: 'file-missing',
      details: { file: '/nowhere/at/all' },
    });
    expect(await error('synthetic:nowhere.json')).toMatchObject({ code: 'file-missing' });
    expect(await error('models/tiny-lama')).toMatchObject({
      code: 'file-missing',
      message: expect.stringMatching(/models\/tiny-lama does not exist, and on Hugging Face: There is no model/),
    });
    await hub.close();
    expect(await error('org/llama-gqa')).toMatchObject({
      code: 'download-failed',
      remedy: expect.stringContaining('directory of a model'),
    });
  });
});
