import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireBuilt } from '../__fixtures__/built-bin.ts';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, temporaryDirectory } from '../__fixtures__/repository.ts';

const MODEL = join(GOLDENS, 'llama-gqa');
const LENGTHS = ['--prefill-length', '16', '--context-length', '40'];
const ESCAPE = '\u001b';

/** Runs each gate, tries the first proposal of those that there are, and pays for every decision. */
const AGENT = `export const agent = { specificationVersion: 'v1', id: 'payer', decide: async (observation, { onUsage }) => {
  await onUsage({ requests: 1, inputTokens: 900, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 100, costUsd: 0.25 });
  const [proposal] = observation.proposals;
  if (observation.situation.phase < 4 || proposal === undefined) return { kind: 'run-gate' };
  return { kind: 'try-proposal', proposal: proposal.id, reason: '\\u001b[2Jgone' };
} };`;

async function place(): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'payer.mjs'), AGENT);
  return directory;
}

describe('a deployment with an agent that costs something', { timeout: 240_000 }, () => {
  beforeAll(requireBuilt);

  it('ends in order at its budget, says what was used, and is replayed to the same plan', async () => {
    const cwd = await place();
    await writeFile(
      join(cwd, 'tilewright.config.mjs'),
      `export default { agent: './payer.mjs', budget: { total: { tokens: 100, attempts: 50 } } };`,
    );
    const run = await captured(['deploy', MODEL, '--out', 'out', ...LENGTHS, '--yes', '--max-tokens', '5000'], { cwd });
    expect(run.exitStatus).toBe(0);
    expect(run.stdout).toContain('The agent used 5,000 tokens in 5 requests: $1.25 by list price');
    expect(run.stdout).toMatch(/Phase 4 ended without the agent. .*5000 tokens of 5000/s);
    expect(run.stderr).not.toContain(`${ESCAPE}[2J`);

    const status = (await captured(['status', 'out', '--json'], { cwd })).json();
    expect(status.manifest.budget).toEqual({ total: { tokens: 5000, attempts: 50 } });
    expect(status.agentUse).toMatchObject({
      total: { attempts: 2, usage: { requests: 5, costUsd: 1.25 } },
      phases: [{}, {}, {}, { phase: 4, decisions: 2, limit: expect.stringContaining('5000 tokens') }, { phase: 5 }],
    });
    const shown = (await captured(['status', 'out'], { cwd })).stdout;
    expect(shown).toMatch(/4 Optimise prefill +2 +2 +2 +2,000 +\$0.50/);
    expect(shown).toContain('Budget: in all 5,000 tokens, 50 attempts.');
    expect((await captured(['report', 'out'], { cwd })).exitStatus).toBe(0);
    const page = await readFile(join(cwd, 'out', 'report.html'), 'utf8');
    expect(page).toContain('The agent, payer');
    expect(page).toContain('$1.25');

    // Lengths and seed are those of the transcript.
    const transcript = join('out', 'transcript.jsonl');
    const replay = await captured(['deploy', MODEL, '--out', 'again', '--agent', `replay:${transcript}`, '--yes'], {
      cwd,
    });
    expect(replay.exitStatus).toBe(0);
    expect(replay.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `The plan is that of the transcript, ${status.planDigest}.`,
    );
    expect(replay.stdout).not.toContain('The agent used');

    const mismatches = [
      [[join(GOLDENS, 'llama-mha-tied')], /another model/],
      [[MODEL, '--context-length', '64'], /another context length: 40, not 64/],
    ] as const;
    for (const [args, message] of mismatches) {
      const refused = ['deploy', ...args, '--out', 'third', '--replay', transcript, '--json'];
      const { exitStatus, json } = await captured(refused, { cwd });
      expect(exitStatus).toBe(2);
      expect(json().error).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
    }
  });

  it('refuses a transcript that is none, and two agents at once', async () => {
    const cwd = await place();
    await writeFile(join(cwd, 'broken.jsonl'), '{"kind":"decision"}\n');
    for (const [flags, code] of [
      [['--replay', 'broken.jsonl'], 'file-malformed'],
      [['--replay', 'nowhere.jsonl'], 'file-missing'],
      [['--agent', 'replay:nowhere.jsonl'], 'file-missing'],
      [['--replay', 'broken.jsonl', '--agent', 'rules'], 'usage'],
    ] as const) {
      for (const dry of [[], ['--dry-run']]) {
        const run = await captured(['deploy', MODEL, '--out', 'out', ...LENGTHS, ...flags, ...dry, '--json'], { cwd });
        expect([run.exitStatus, run.json().error.code]).toEqual([2, code]);
      }
    }
  });

  it.each([
    ['--max-tokens', '-1'],
    ['--max-cost', 'a lot'],
    ['--phase-max-attempts', '1.5'],
    ['--phase-max-minutes', '-2'],
  ])('refuses %s %s', async (flag, value) => {
    const run = await captured(['deploy', MODEL, '--out', 'nowhere', `${flag}=${value}`]);
    expect(run.exitStatus).toBe(2);
    expect(run.stderr).toContain(flag);
  });

  it('refuses a budget in the configuration that is none, with its field', async () => {
    const cwd = await place();
    await writeFile(join(cwd, 'tilewright.config.mjs'), 'export default { budget: { total: { tokens: 1.5 } } };');
    const run = await captured(['deploy', MODEL, '--out', 'out', '--json'], { cwd });
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.message).toContain('budget.total.tokens');
  });
});
