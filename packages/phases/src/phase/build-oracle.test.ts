import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openModel, tapNames } from '@tilewright/oracle';
import { type GateReport, TilewrightError } from '@tilewright/spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildOracle } from './build-oracle.ts';
import type { OpenReference, ReferenceChoice } from './reference-choice.ts';

const GOLDEN = fileURLToPath(new URL('../../../../test-data/goldens/llama-gqa', import.meta.url));

async function withoutGolden(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tilewright-phases-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await cp(GOLDEN, directory, { recursive: true, filter: (file) => !/golden\.\w+$/.test(file) });
  return directory;
}

async function run(reference: ReferenceChoice, directory: string = GOLDEN, signal?: AbortSignal): Promise<GateReport> {
  const model = await openModel(directory);
  onTestFinished(() => model.close());
  return buildOracle({
    ...{ model, seed: 3, prefillTokens: 64, contextLength: 128, prompts: [{ name: 'text', tokens: [1, 2, 3] }] },
    ...{ reference, subjects: { model: 'x' }, onProgress: () => {}, onStep: () => {} },
    ...(signal && { signal }),
  });
}

const closed: string[] = [];
/** The oracle itself, under another name: what is compared is for the gate's own tests. */
const open: OpenReference = async ({ oracle, directory }) => ({
  specificationVersion: 'v1',
  name: 'another implementation',
  taps: () => tapNames(oracle.model).filter((name) => !name.endsWith('.input') && name !== 'logits'),
  start: () => oracle.start(),
  close: async () => void closed.push(directory),
});
const missing: OpenReference = async () => {
  throw new TilewrightError('dependency-missing', 'No Python was found.', 'Install it.');
};
const never: OpenReference = (_model, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('what phase 0 holds the oracle against', () => {
  it('is all that there is, by itself', async () => {
    const report = await run({ kind: 'auto', open });
    expect(report).toMatchObject({ verdict: 'pass', evidence: { seeds: [3], subjects: { model: 'x' } } });
    expect(report.evidence.references).toEqual(['another implementation', expect.stringMatching(/^golden file/)]);
    expect(report.comparisons.length).toBeGreaterThan(20);
    expect(closed).toContain(GOLDEN);
  });

  it.each<[ReferenceChoice['kind'], (string | RegExp)[]]>([
    ['transformers', [/^another/]],
    ['golden', [/^golden file/]],
    ['none', []],
  ])('is what was asked for: %s', async (kind, references) => {
    const report = await run({ kind, open });
    expect(report.verdict).toBe('pass');
    expect(report.evidence.references).toEqual(references.map((name) => expect.stringMatching(name)));
  });

  it('is the golden alone where transformers is not there, which is said', async () => {
    const report = await run({ kind: 'auto', open: missing });
    expect(report.evidence.references).toEqual([expect.stringMatching(/^golden file/)]);
    expect(report.summary).toMatch(/without transformers: No Python was found$/);
    expect((await run({ kind: 'auto' })).evidence.references).toHaveLength(1);
  });

  it('is nothing where there is neither, which is said', async () => {
    const report = await run({ kind: 'auto', open: missing }, await withoutGolden());
    expect(report).toMatchObject({ verdict: 'pass', evidence: { references: [], madeComparisons: 0 } });
    expect(report.summary).toContain('not held against anything');
  });

  it('is not waited for longer than the limit', async () => {
    const report = await run({ kind: 'auto', open: never, limitMs: 20 });
    expect(report.evidence.references).toEqual([expect.stringMatching(/^golden file/)]);
    expect(report.summary).toContain('stopped after 0.02 s');
  });
});

describe('what was asked for and is not there', () => {
  it.each<[string, ReferenceChoice, string]>([
    ['transformers', { kind: 'transformers', open: missing }, 'dependency-missing'],
    ['a way to open it', { kind: 'transformers' }, 'usage'],
    ['a golden', { kind: 'golden' }, 'file-missing'],
  ])('%s', async (_what, choice, code) => {
    await expect(run(choice, await withoutGolden())).rejects.toMatchObject({ code });
  });

  it('stops when it is asked to', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const stopped = run({ kind: 'auto', open: never }, await withoutGolden(), controller.signal);
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  });
});
