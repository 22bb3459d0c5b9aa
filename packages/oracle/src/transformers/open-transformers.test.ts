import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tap } from '@tilewright/spec';
import { recordedTransformers, scriptedPython } from '@tilewright/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { openModel } from '../open-model.ts';
import { openTransformers, type TransformersModel } from './open-transformers.ts';

const fakePython = async (body: string, ready = true): Promise<string> =>
  scriptedPython(await temporaryDirectory(), body, ready);

const model = await openModel(golden('llama-gqa'));

async function open(python: string, signal?: AbortSignal): Promise<TransformersModel> {
  const reference = await openTransformers(model, { python, ...(signal && { signal }) });
  onTestFinished(() => reference.close());
  return reference;
}

describe('a model in transformers', () => {
  it('shows what it computes, as the oracle does', async () => {
    const reference = await open(await fakePython(recordedTransformers(golden('llama-gqa'))));
    expect(reference.name).toBe('transformers 5.0 with torch 2.0, FP32 on the CPU, eager attention');
    const tokens = await reference.encode('anything');
    const sequence = reference.start();
    const names: string[] = [];
    const asked = new Set(reference.taps('kernels'));
    const logits = await sequence.forward({
      ...{ tokens, taps: asked, logits: 'all' },
      onTap: ({ name, value }) => {
        names.push(name);
        expect(value.data.length).toBe(value.shape.reduce((product, extent) => product * extent, 1));
      },
    });
    expect(new Set(names)).toEqual(asked);
    expect(logits.shape).toEqual([13, 320]);
    expect(sequence.length).toBe(13);

    const ours = await model.oracle.start().forward({ tokens, logits: 'all' });
    for (const [i, value] of ours.data.entries()) expect(Math.abs(value - logits.data[i])).toBeLessThan(1e-4);
    expect(sequence.firstChoices[0]?.token).toBe(285);
  });

  it('asks for no more than is wanted', async () => {
    const reference = await open(
      await fakePython(`
        for await (const request of requests) {
          if (request.do === 'start') { send('done'); continue; }
          const scopes = ['none', 'states', 'kernels'];
          send('tap', { name: 'final_norm', shape: [2] }, [scopes.indexOf(request.taps), request.logits === 'all' ? 1 : 0]);
          send('logits', { shape: [1, 2] }, [1, 0]);
          send('done', { top: [0, 1], topLogits: [1, 0] });
        }`),
    );
    const seen: number[][] = [];
    const onTap = ({ name, value }: Tap): void => {
      if (name === 'final_norm') seen.push([...value.data]);
    };
    const sequence = reference.start();
    await sequence.forward({ tokens: [1], taps: 'all', onTap });
    await sequence.forward({ tokens: [1], taps: new Set(['final_norm']), logits: 'all', onTap });
    await sequence.forward({ tokens: [1], taps: new Set(['final_norm', 'layers.0.q_rope']), onTap });
    await sequence.forward({ tokens: [1], taps: new Set(['layers.0.q_rope']), onTap });
    expect(seen).toEqual([
      [2, 0],
      [1, 1],
      [2, 0],
    ]);
  });

  it('ends a sequence when the next is started', async () => {
    const reference = await open(await fakePython(recordedTransformers(golden('llama-gqa'))));
    const first = reference.start();
    await first.forward({ tokens: [1] });
    await reference.start().forward({ tokens: [1] });
    await expect(first.forward({ tokens: [2] })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('what is not there is named, with what to install', () => {
  it('no Python', async () => {
    await expect(open('/nowhere/python3')).rejects.toMatchObject({
      code: 'dependency-missing',
      message: expect.stringContaining('/nowhere/python3'),
      remedy: expect.stringContaining('pip install torch transformers safetensors'),
    });
  });

  it('no packages', async () => {
    const body = `send('error', { code: 'packages-missing', message: 'Python cannot import torch.', missing: ['torch'] });`;
    const python = await fakePython(body, false);
    await expect(open(python)).rejects.toMatchObject({
      code: 'dependency-missing',
      details: { missing: ['torch'] },
      remedy: expect.stringContaining(`${python} -m pip install`),
    });
  });
});

describe('what fails is told', () => {
  const request = `for await (const request of requests) { if (request.do === 'start') send('done'); else break; }`;
  const logits = `send('logits', { shape: [1, 2] }, [1, 0]);`;

  it.each<[string, string, string]>([
    ['a model that is refused', `send('error', { code: 'model-refused', message: 'KeyError: x' });`, 'KeyError: x'],
    ['an interpreter that says something else', `raw(Buffer.from('Python 2.7.18, hello\\n'));`, 'a header of'],
    ['a header that is no JSON', `raw(Buffer.from([2, 0, 0, 0, 91, 91]));`, 'no JSON'],
    ['a header without a size', `raw(Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('{}')]));`, 'without kind'],
    [
      'an early end',
      `console.error('first'); console.error('ImportError: y'); process.exit(3);`,
      'status 3.*ImportError: y',
    ],
    ['a kill', `process.kill(process.pid, 'SIGKILL');`, 'SIGKILL'],
  ])('%s, while it opens', async (_what, body, message) => {
    const opened = open(await fakePython(body, false));
    await expect(opened).rejects.toMatchObject({
      code: 'dependency-failed',
      message: expect.stringMatching(new RegExp(message)),
    });
  });

  it.each<[string, string, string]>([
    ['an error', `send('error', { code: 'request-failed', message: 'RuntimeError: z' });`, 'RuntimeError: z'],
    ['an early end', `${logits} process.exit(0);`, 'exit status 0'],
    ['an end within a frame', `raw(Buffer.from([9, 0, 0, 0, 123])); process.exit(1);`, 'exit status 1'],
    ['too few values', `send('logits', { shape: [1, 3] }, [1, 0]);`, 'not complete'],
    ['no logits', `send('done', { top: [0], topLogits: [1] });`, 'not complete'],
  ])('%s, while it computes', async (_what, body, message) => {
    const reference = await open(await fakePython(`${request} ${body}`));
    await expect(reference.start().forward({ tokens: [1] })).rejects.toMatchObject({
      code: 'dependency-failed',
      message: expect.stringContaining(message),
    });
  });
});

describe('cancellation', () => {
  it('ends a process that is still busy', async () => {
    const file = join(await temporaryDirectory(), 'pid');
    await writeFile(file, '');
    const busy = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000);`;
    const controller = new AbortController();
    const opened = open(await fakePython(busy, false), controller.signal);
    let pid = '';
    while (pid === '') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      pid = await readFile(file, 'utf8');
    }
    controller.abort();
    await expect(opened).rejects.toMatchObject({ code: 'aborted' });
    expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
  });

  it('is heeded before anything is started', async () => {
    await expect(open('/nowhere/python3', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});
