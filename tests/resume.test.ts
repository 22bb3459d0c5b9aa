import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { digest } from '@tilewright/gates';
import { type AtomicWrite, atomicWriter, readTrajectory, type WriteStage } from '@tilewright/phases';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployGolden } from './support/deploy-golden.ts';

/** How many of the writes are tried with a failing disk and a whole run after it; the default is for CI. */
const DISK_FAILURES = Number(process.env.TILEWRIGHT_DISK_FAILURES ?? 3);
const STAGES: readonly WriteStage[] = ['open', 'write', 'sync', 'rename', 'sync-directory'];
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-resume-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(scratch, String(count++));

/** Differs from run to run, and decides nothing: `agent` has the count of what the agent decided, in all runs together. */
const VOLATILE = new Set(['createdAt', 'updatedAt', 'recordedAt', 'elapsedMs', 'agent']);

/** What of a workspace decides how a deployment goes on: all that programs read, apart from clocks. */
function stateOf(workspace: string): string {
  const files = readdirSync(workspace, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && statSync(join(workspace, name)).isFile())
    .sort();
  return digest(
    files.map((name) => [
      name,
      JSON.parse(readFileSync(join(workspace, name), 'utf8'), (key, value) => (VOLATILE.has(key) ? 0 : value)),
    ]),
  );
}

/** Thrown into a run that has come to a state from which the rest is known. */
class KnownFromHere extends Error {}

describe('a deployment that is stopped at any write', () => {
  const snapshots: string[] = [];
  let expected: string | null;
  let final: string;

  beforeAll(async () => {
    final = fresh();
    const write = atomicWriter();
    const recording: AtomicWrite = async (path, text) => {
      const snapshot = fresh();
      if (existsSync(final)) cpSync(final, snapshot, { recursive: true });
      snapshots.push(snapshot);
      await write(path, text);
    };
    const { status, manifest } = await deployGolden(final, { write: recording });
    expect(status).toBe('deployed');
    expected = manifest.planDigest;
  }, 60_000);

  it('ends with the same plan, from the state that each of its writes finds', async () => {
    expect(snapshots.length).toBeGreaterThan(80);
    const known = new Set([stateOf(final)]);
    let whole = 0;
    for (const [index, snapshot] of [...snapshots.entries()].reverse()) {
      const before = existsSync(snapshot) ? stateOf(snapshot) : `nothing ${index}`;
      if (known.has(before)) continue;
      const write = atomicWriter();
      const watched: AtomicWrite = async (path, text) => {
        await write(path, text);
        if (known.has(stateOf(snapshot))) throw new KnownFromHere();
      };
      try {
        const { status, manifest } = await deployGolden(snapshot, { write: watched });
        whole++;
        expect({ index, status, plan: manifest.planDigest }).toEqual({ index, status: 'deployed', plan: expected });
      } catch (error) {
        if (!(error instanceof KnownFromHere)) throw error;
      }
      known.add(before);
    }
    expect(known.size).toBeGreaterThan(30);
    expect(whole).toBeLessThan(known.size);
  }, 120_000);

  it('says that the disk failed, and goes on where it was without trying again what was tried', async () => {
    for (let failure = 0; failure < DISK_FAILURES; failure++) {
      const at = Math.floor(((failure + 0.5) * snapshots.length) / DISK_FAILURES);
      const stage = STAGES[failure % STAGES.length];
      const workspace = fresh();
      let seen = 0;
      const write = atomicWriter((now) => {
        if (now === stage && seen++ === at) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      });
      await expect(deployGolden(workspace, { write })).rejects.toMatchObject({ code: 'file-unwritable' });
      const tried = (await readTrajectory(workspace))?.attempts ?? [];
      const steps: string[] = [];
      const { status, manifest } = await deployGolden(workspace, {
        onEvent: (event) => void (event.kind === 'step' && steps.push(event.step)),
      });
      expect({ at, status, plan: manifest.planDigest }).toEqual({ at, status: 'deployed', plan: expected });
      const all = (await readTrajectory(workspace))?.attempts ?? [];
      expect(all.slice(0, tried.length)).toEqual(tried);
      expect(steps.filter((step) => step.startsWith('tries '))).toHaveLength(all.length - tried.length);
      const left = readdirSync(workspace, { recursive: true, encoding: 'utf8' }).map((name) => relative('.', name));
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }
  }, 120_000);
});
