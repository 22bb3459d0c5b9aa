import { execa } from 'execa';
import { expect, it } from 'vitest';

/** What a process has loaded of shared libraries and addons after some code, in a fresh Node. */
async function nativeAfter(code: string): Promise<readonly string[]> {
  const script = `${code}\nconsole.log(JSON.stringify(process.report.getReport().sharedObjects));`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: new URL('.', import.meta.url),
  });
  const objects: string[] = JSON.parse(stdout);
  return objects.filter((path) => /onnxruntime|koffi|\.node$/.test(path));
}

it('the oracle loads nothing native before an engine is opened', async () => {
  const plain = `
    import { openModel } from '@tilewright/oracle';
    const model = await openModel('../models/tiny-llama');
    await model.oracle.start().forward({ tokens: [1] });
  `;
  expect(await nativeAfter(plain)).toEqual([]);
  const withEngine = "import { openMatrixEngine } from '@tilewright/oracle';\nawait openMatrixEngine();";
  expect((await nativeAfter(withEngine)).join()).toContain('onnxruntime');
}, 30_000);
