import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HUB_TOKEN, type HubModel, hubServer } from '@tilewright/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ggufGolden, golden } from '../__fixtures__/repository.ts';
import { temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { openModel } from '../open-model.ts';
import { type FetchModelOptions, type FetchProgress, fetchModel } from './fetch-model.ts';

const COMMIT = 'a'.repeat(40);
const LATER = 'b'.repeat(40);

async function filesOf(directory: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(directory);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))])),
  );
}

const sharded: HubModel = { name: 'org/sharded', commit: COMMIT, files: await filesOf(golden('qwen3-sharded')) };
const single: HubModel = {
  name: 'org/single',
  commit: COMMIT,
  files: { ...(await filesOf(golden('mistral'))), 'tokenizer.json': '{}', 'pytorch_model.bin': 'x'.repeat(5000) },
};
const quantised: HubModel = {
  name: 'org/some-GGUF',
  commit: COMMIT,
  files: { 'README.md': 'hello', 'model.bf16.gguf': await readFile(ggufGolden('qwen2-bias.bf16')) },
};

async function start(models: readonly HubModel[] = [sharded, single, quantised]) {
  const hub = await hubServer(models);
  onTestFinished(() => hub.close());
  const cacheDirectory = join(await temporaryDirectory(), 'hub');
  const progress: FetchProgress[] = [];
  const options: FetchModelOptions = {
    ...{ hubUrl: hub.url, cacheDirectory, token: null, offline: false },
    onProgress: (event) => void progress.push(event),
  };
  return { hub, options, progress, cacheDirectory };
}

const cached = async (directory: string) =>
  (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory());

describe('fetchModel', () => {
  it('brings what a model needs, in the layout of the standard cache, and nothing else', async () => {
    const { options, cacheDirectory, hub, progress } = await start();
    const model = await fetchModel('org/single', options);
    const directory = join(cacheDirectory, 'models--org--single');
    const snapshot = join(directory, 'snapshots', COMMIT);
    expect(model).toEqual({ path: snapshot, id: 'org/single', revision: 'main', commit: COMMIT });
    expect((await readdir(snapshot)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(await readFile(join(directory, 'refs/main'), 'utf8')).toBe(COMMIT);
    expect(await readlink(join(snapshot, 'model.safetensors'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(await readlink(join(snapshot, 'tokenizer.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(await cached(directory)).toHaveLength(7);
    expect(hub.requests.some((request) => /README|golden|\.bin/.test(request))).toBe(false);
    const last = progress.at(-1);
    expect(last).toMatchObject({ kind: 'file', done: 2, files: 3 });
    const opened = await openModel(model.path);
    expect(opened.spec.family).toBe('mistral');
    await opened.close();
  });

  it('brings the shards that the index lists, and computes what the directory computes', async () => {
    const { options } = await start();
    const { path } = await fetchModel('org/sharded', options);
    const digests = await Promise.all(
      [path, golden('qwen3-sharded')].map(async (directory) => {
        const model = await openModel(directory);
        onTestFinished(() => model.close());
        return model.digest();
      }),
    );
    expect(digests[0]).toBe(digests[1]);
  });

  it('brings the configuration alone where that is all that is wanted', async () => {
    const { options } = await start();
    const { path } = await fetchModel('org/single', { ...options, want: 'config' });
    expect(await readdir(path)).toEqual(['config.json']);
    expect(await readdir((await fetchModel('org/single', options)).path)).toHaveLength(3);
  });

  it('brings a GGUF file, by name or as the only one', async () => {
    const { options, hub } = await start();
    const only = await fetchModel('org/some-GGUF', options);
    expect(only.path).toBe(join(options.cacheDirectory, 'models--org--some-GGUF/snapshots', COMMIT, 'model.bf16.gguf'));
    const model = await openModel(only.path);
    expect(model.spec.family).toBe('qwen2');
    await model.close();
    expect((await fetchModel('org/some-GGUF/model.bf16.gguf', options)).path).toBe(only.path);
    hub.publish({ ...quantised, commit: LATER, files: { ...quantised.files, 'other.gguf': 'x' } });
    await expect(fetchModel('org/some-GGUF', options)).rejects.toMatchObject({
      code: 'usage',
      remedy: expect.stringContaining('org/some-GGUF/model.bf16.gguf'),
    });
    expect((await fetchModel('org/some-GGUF/other.gguf', options)).commit).toBe(LATER);
  });

  it('asks for nothing but the commit where all is there, and for nothing at all where that is given', async () => {
    const { options, hub } = await start();
    await fetchModel('org/single', options);
    const before = hub.requests.length;
    await fetchModel('org/single', options);
    expect(hub.requests.slice(before)).toEqual(['/api/models/org/single/revision/main']);
    await fetchModel(`org/single@${COMMIT}`, options);
    expect(hub.requests).toHaveLength(before + 1);
  });

  it('follows a branch and keeps a commit', async () => {
    const { options, hub } = await start();
    await fetchModel('org/single', options);
    hub.publish({ ...single, commit: LATER });
    expect((await fetchModel('org/single', options)).commit).toBe(LATER);
    expect(await fetchModel(`org/single@${COMMIT}`, options)).toMatchObject({ commit: COMMIT, revision: COMMIT });
    // The content is the same: it was not fetched again.
    expect(hub.requests.filter((request) => request.endsWith('model.safetensors'))).toHaveLength(1);
  });

  it('goes on where a connection broke, within one run and in the next', async () => {
    const { options, hub, progress } = await start();
    const [shard = ''] = Object.keys(sharded.files).filter((name) => name.includes('00001-of'));
    const bytes = sharded.files[shard]?.length ?? 0;
    hub.faults.breakAfterBytes = Math.ceil(bytes / 3);
    await fetchModel('org/sharded', options);
    const ranges = hub.requests.filter((request) => request.includes('00001-of') && !request.endsWith('bytes=0-0'));
    expect(ranges.length).toBeGreaterThan(2);
    expect(ranges[1]).toMatch(/bytes=[1-9]\d*-/);
    expect(progress.every((event) => event.kind === 'file' && event.receivedBytes <= event.totalBytes)).toBe(true);

    const again = await start();
    again.hub.faults.breakAfterBytes = 2000;
    await expect(fetchModel('org/single', again.options)).rejects.toMatchObject({ code: 'download-failed' });
    const directory = join(again.cacheDirectory, 'models--org--single');
    const left = (await cached(directory)).map(({ name }) => name);
    expect(left.filter((name) => name.endsWith('.incomplete'))).toHaveLength(1);
    expect(left).not.toContain('model.safetensors');
    expect(left).not.toContain('main');
    again.hub.faults.breakAfterBytes = null;
    const { path } = await fetchModel('org/single', again.options);
    expect(again.hub.requests.at(-3)).not.toMatch(/bytes=0-$/);
    expect(
      Buffer.compare(
        await readFile(join(path, 'model.safetensors')),
        Buffer.from(single.files['model.safetensors'] as Uint8Array),
      ),
    ).toBe(0);
  });

  it('refuses what arrived damaged, and fetches it anew', async () => {
    const { options, hub, cacheDirectory } = await start();
    hub.faults.damage = true;
    await expect(fetchModel('org/single', options)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('damaged'),
    });
    expect((await cached(cacheDirectory)).map(({ name }) => name)).not.toContain('model.safetensors');
    hub.faults.damage = false;
    await expect(fetchModel('org/single', options)).resolves.toMatchObject({ commit: COMMIT });
  });

  it('does not take a leftover of another content for the beginning', async () => {
    const { options, cacheDirectory } = await start();
    const { path } = await fetchModel('org/single', options);
    const blob = join(path, await readlink(join(path, 'model.safetensors')));
    await rm(blob);
    await writeFile(`${blob}.incomplete`, 'not the same file at all');
    await expect(fetchModel('org/single', options)).rejects.toMatchObject({ code: 'download-failed' });
    await expect(fetchModel('org/single', options)).resolves.toMatchObject({ path });
    expect((await cached(cacheDirectory)).filter(({ name }) => name.endsWith('.incomplete'))).toEqual([]);
  });

  it('takes what the cache has of a branch where the hub cannot be reached, and says so', async () => {
    const { options, hub, progress } = await start();
    const { path } = await fetchModel('org/single', options);
    await hub.close();
    progress.length = 0;
    expect(await fetchModel('org/single', options)).toMatchObject({ path, commit: COMMIT });
    expect(progress).toMatchObject([
      { kind: 'from-cache', commit: COMMIT, reason: expect.stringContaining('could not be had') },
    ]);
    expect(await fetchModel('org/single', { ...options, offline: true })).toMatchObject({ path, commit: COMMIT });
    await rm(join(path, 'model.safetensors'));
    await expect(fetchModel('org/single', options)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it.each([false, true])('says what to do where the cache has nothing either (offline: %s)', async (offline) => {
    const { options, hub } = await start();
    await hub.close();
    await expect(fetchModel('org/single', { ...options, offline })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('org/single'),
      remedy: expect.stringContaining('directory of a model'),
    });
    expect(hub.requests).toEqual([]);
  });

  it('says what the hub refuses', async () => {
    const { options, hub } = await start([single, { ...single, name: 'org/gated', gated: true }]);
    const error = (id: string, more = {}) => fetchModel(id, { ...options, ...more }).catch((thrown: unknown) => thrown);
    expect(await error('org/nothing')).toMatchObject({
      code: 'file-missing',
      remedy: expect.stringContaining('HF_TOKEN'),
    });
    expect(await error('org/single@v2')).toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('v2'),
    });
    expect(await error('org/single/x.gguf')).toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('x.gguf'),
    });
    expect(await error('org/gated')).toMatchObject({
      code: 'download-failed',
      remedy: expect.stringMatching(/licence.*HF_TOKEN/),
    });
    expect(await error('org/gated', { token: 'hf_other' })).toMatchObject({
      message: expect.stringContaining('token'),
    });
    expect(await error('org/gated', { token: HUB_TOKEN })).toMatchObject({ commit: COMMIT });
    for (const id of ['tiny-llama', 'a/b/c', '../x/y', 'org/--name', '']) {
      expect(await error(id)).toMatchObject({ code: 'usage' });
    }
    hub.faults.status = 503;
    expect(await error('org/other')).toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('503'),
    });
  });

  it('never tells the token', async () => {
    const { options, hub } = await start();
    const token = 'hf_verysecret';
    const error: unknown = await fetchModel('org/single', { ...options, token }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error) + String(error)).not.toContain('verysecret');
    expect(hub.requests.join()).not.toContain('verysecret');
  });

  it('stops when it is asked to', async () => {
    const { options, hub } = await start();
    hub.faults.breakAfterBytes = 1000;
    const stop = new AbortController();
    const fetching = fetchModel('org/single', {
      ...options,
      signal: stop.signal,
      onProgress: ({ kind }) => kind === 'file' && stop.abort(),
    });
    await expect(fetching).rejects.toMatchObject({ code: 'aborted' });
  });

  it('refuses a cache that cannot be written', async () => {
    const { options } = await start();
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    await expect(fetchModel('org/single', { ...options, cacheDirectory: file })).rejects.toMatchObject({
      code: 'file-unwritable',
    });
  });
});
