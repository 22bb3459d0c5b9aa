import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { copyModel } from '../__fixtures__/repository.ts';
import { SPOILED_MODELS } from '../__fixtures__/spoiled-models.ts';

describe('a model directory that is wrong', () => {
  it.each(SPOILED_MODELS)('$what: $code', async ({ spoil, code, names }) => {
    const directory = await copyModel();
    await spoil(directory);
    const run = await captured(['oracle', 'taps', directory, '--tokens', '1']);
    expect(run).toMatchObject({ exitStatus: 2, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^error \\(${code}\\): `));
    expect(run.stderr.replaceAll('\n', ' ')).toContain(names);
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });
});
