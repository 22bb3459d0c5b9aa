import { KERNELS } from '@tilewright/kernel-registry';
import { type BufferObject, type Compiled, type Program, seededRandom, type TargetSession } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { expect, it } from 'vitest';
import { compileAlone, DISPATCH, randomArguments } from './support/run-program.ts';

/** Attention of sixteen heads over 1,024 positions: enough for other threads to be woken. */
function attentionProgram(): Program {
  const kernel = KERNELS.get('flash-attention');
  if (kernel === undefined) throw new Error('There is no flash-attention.');
  const heads = { heads: 16, keyValueHeads: 4, headDim: 64, scaleDim: 64, queryWidth: 1024, keyValueWidth: 256 };
  const shape = { ...heads, rows: 1024, causal: 1 };
  const [config] = kernel.configurations(shape, xdna2Simulator().device);
  return { specificationVersion: 'v1', name: 'attention', ...kernel.build(shape, config) };
}

const program = attentionProgram();
const contents = randomArguments(program, 'normal', seededRandom(4));

async function begin(
  threads: number,
): Promise<{ session: TargetSession; buffers: BufferObject[]; output(): Promise<Uint8Array> }> {
  const target = xdna2Simulator({ threads });
  const compiled: Compiled = await compileAlone(target, program);
  const session = await target.open(compiled);
  const buffers: BufferObject[] = [];
  for (const [index, { name }] of program.arguments.entries()) {
    const buffer = await session.allocate({ name, bytes: contents[index].length });
    buffer.host.set(contents[index]);
    await session.sync(buffer, 'to-device');
    buffers.push(buffer);
  }
  const output = async (): Promise<Uint8Array> => {
    const last = buffers[buffers.length - 1];
    await session.sync(last, 'from-device');
    return last.host.slice();
  };
  return { session, buffers, output };
}

/** Threads that keep the process alive now. */
function workingThreads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

it('gives the same bits on several threads, also after a run that was given up', async () => {
  const alone = await begin(1);
  await alone.session.run(DISPATCH, alone.buffers);
  const expected = await alone.output();
  await alone.session.close();

  const before = workingThreads();
  const shared = await begin(3);
  const controller = new AbortController();
  const given = shared.session.run(DISPATCH, shared.buffers, { signal: controller.signal });
  await new Promise((resume) => setTimeout(resume, 20));
  expect(workingThreads()).toBe(before + 2);
  controller.abort();
  await expect(given).rejects.toThrow();

  await shared.session.run(DISPATCH, shared.buffers);
  expect(Buffer.compare(await shared.output(), expected)).toBe(0);
  await shared.session.run(DISPATCH, shared.buffers);
  expect(Buffer.compare(await shared.output(), expected)).toBe(0);
  await shared.session.close();
  // Idle threads keep nothing alive.
  expect(workingThreads()).toBe(before);
});
