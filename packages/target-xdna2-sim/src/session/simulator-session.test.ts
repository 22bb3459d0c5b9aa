import { type LoweredPlan, type Program, TilewrightError } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { addProgram, spinningProgram } from '../execution/__fixtures__/small-programs.ts';
import { POISON_BYTE } from '../execution/poison.ts';
import { xdna2Simulator } from '../target.ts';

const BYTES = 2 * 3 * 64 * 2;

function lowered(program: Program): LoweredPlan {
  const buffers = program.arguments.map(({ name }) => name);
  return {
    specificationVersion: 'v1',
    device: 'xdna2',
    dispatches: [{ id: 'prefill/add', section: 'prefill', step: 'add', program, buffers }],
  };
}

async function open() {
  const target = xdna2Simulator();
  return target.open(await target.compile(lowered(addProgram(2, 3, 64))));
}

describe('simulatorSession', () => {
  it('keeps the host and the device apart until a sync', async () => {
    const session = await open();
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => session.allocate({ name, bytes: BYTES })));
    a.host.fill(0);
    b.host.fill(0);
    await session.sync(a, 'to-device');
    await session.sync(b, 'to-device');
    await session.run('prefill/add', [a, b, c]);
    c.host.fill(7);
    expect(c.host.every((byte) => byte === 7)).toBe(true);
    await session.sync(c, 'from-device');
    expect(c.host.every((byte) => byte === 0)).toBe(true);

    // Ones that are not synced stay unseen.
    new Uint16Array(a.host.buffer).fill(0x3f80);
    await session.run('prefill/add', [a, b, c]);
    await session.sync(c, 'from-device');
    expect(c.host.every((byte) => byte === 0)).toBe(true);
    await session.sync(a, 'to-device');
    await session.run('prefill/add', [a, b, c]);
    await session.sync(c, 'from-device');
    expect(new Uint16Array(c.host.buffer).every((bits) => bits === 0x3f80)).toBe(true);
    await session.close();
  });

  it('shows poison in device memory that nobody wrote', async () => {
    const session = await open();
    const buffer = await session.allocate({ name: 'a', bytes: 6 });
    await session.sync(buffer, 'from-device');
    expect([...buffer.host]).toEqual(Array(6).fill(POISON_BYTE));
    await session.close();
  });

  it('rejects wrong arguments', async () => {
    const session = await open();
    const whole = await session.allocate({ name: 'whole', bytes: BYTES });
    const short = await session.allocate({ name: 'short', bytes: BYTES - 4 });
    await expect(session.run('prefill/add', [whole, whole])).rejects.toMatchObject({ kind: 'invalid-access' });
    await expect(session.run('prefill/add', [whole, short, whole])).rejects.toThrow(/argument b is 768 bytes .* 764/);
    await expect(session.run('prefill/none', [])).rejects.toThrow(/no dispatch prefill\/none/);
    const foreign = { name: 'foreign', bytes: BYTES, host: new Uint8Array(BYTES) };
    await expect(session.run('prefill/add', [whole, whole, foreign])).rejects.toThrow(/not allocated in this session/);
    await expect(session.allocate({ name: 'none', bytes: 0 })).rejects.toThrow(TilewrightError);
    await session.close();
  });

  it('estimates a sync from the host model', async () => {
    const session = await open();
    const { host } = xdna2Simulator().device;
    const buffer = await session.allocate({ name: 'a', bytes: 1 << 20 });
    const timing = await session.sync(buffer, 'to-device');
    expect(timing.kind).toBe('estimate');
    expect(timing.us).toBeCloseTo(host.syncUs + (2 ** 20 / host.syncBytesPerSecond) * 1e6, 9);
    expect(timing.parts.reduce((sum, part) => sum + part.us, 0)).toBeCloseTo(timing.us, 9);
    await session.close();
  });

  it('throws after close, and when cancelled', async () => {
    const session = await open();
    const buffer = await session.allocate({ name: 'a', bytes: BYTES });
    const aborted = AbortSignal.abort();
    await expect(session.run('prefill/add', [buffer, buffer, buffer], { signal: aborted })).rejects.toMatchObject({
      code: 'aborted',
    });
    await session.close();
    await expect(session.allocate({ name: 'b', bytes: 4 })).rejects.toThrow(/closed/);
    await expect(session.sync(buffer, 'to-device')).rejects.toThrow(/closed/);
    await expect(session.run('prefill/add', [buffer, buffer, buffer])).rejects.toThrow(/closed/);
  });

  it('does not begin what would not come to its end', async () => {
    const run = async (turns: number) => {
      const target = xdna2Simulator();
      const session = await target.open(await target.compile(lowered(spinningProgram(turns))));
      const buffer = await session.allocate({ name: 'a', bytes: 128 });
      try {
        return await session.run('prefill/add', [buffer, buffer, buffer]);
      } finally {
        await session.close();
      }
    };
    await expect(run(2 ** 31 - 1)).rejects.toMatchObject({ code: 'runtime-fault', kind: 'timeout' });
    expect((await run(100)).timing.us).toBeGreaterThan((await run(1)).timing.us);
  });
});
