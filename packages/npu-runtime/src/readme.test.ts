import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packTensor, sampleToken } from './index.ts';

it('the example of the README prints what it says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const runtime = { packTensor, sampleToken };
  const names = Object.keys(runtime);
  expect(example).toContain(`import { ${names.join(', ')} } from '@tilewright/npu-runtime';`);
  const body = example.replace(/^import .*$/m, '');
  const expected = [...body.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
  const printed: string[] = [];
  const log = (value: unknown): void => void printed.push(String(value));
  const run = new Function('console', ...names, body);
  run({ log }, ...Object.values(runtime));
  expect(expected.length).toBe(2);
  expect(printed).toEqual(expected);
});
