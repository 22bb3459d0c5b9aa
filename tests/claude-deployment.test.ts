import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_MODEL, LIST_PRICES } from '@tilewright/agent-claude';
import type { OptimizationAttempt } from '@tilewright/spec';
import {
  lastCall,
  MESSAGES_API_KEY,
  type MessagesApiServer,
  type MessagesReply,
  type MessagesRequest,
  messagesApiServer,
  parseRecording,
  recorder,
  recordingPlayer,
  recordingText,
  textOf,
} from '@tilewright/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedClaude } from './support/scripted-claude.ts';

// TILEWRIGHT_RECORD=1 writes the recording again: where plans, proposals or tools are named otherwise than before.
const repository = fileURLToPath(new URL('..', import.meta.url));
const fixture = fileURLToPath(new URL('./__fixtures__/claude-deploys-tiny-llama.jsonl', import.meta.url));
const PROVENANCE =
  'Scripted: made by tests/support/scripted-claude.ts in the place of a model, against the Messages API server of ' +
  '@tilewright/testkit, deploying models/tiny-llama at prefill 64 and context 96. Nothing in it is from the real service.';
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-claude-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const DEPLOYMENT_MS = 600_000;

interface Run {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as built, on the bundled model, in a process of its own; killed where the controller is aborted. */
async function deploy(
  out: string,
  agent: string,
  environment: Record<string, string>,
  kill?: AbortController,
): Promise<Run> {
  const bin = join(repository, 'packages/cli/bin/tilewright.js');
  const lengths = ['--prefill-length', '64', '--context-length', '96'];
  const run = await execa(
    process.execPath,
    [
      bin,
      'deploy',
      join(repository, 'models/tiny-llama'),
      '--out',
      out,
      '--agent',
      agent,
      '--yes',
      '--json',
      ...lengths,
    ],
    {
      env: { PATH: process.env.PATH ?? '', TILEWRIGHT_HOME: join(scratch, 'home'), ...environment },
      ...{ extendEnv: false, reject: false, cwd: scratch, maxBuffer: 1e9, killSignal: 'SIGKILL' },
      ...(kill && { cancelSignal: kill.signal }),
    },
  );
  return { status: run.exitCode, signal: run.signal, stdout: run.stdout, stderr: run.stderr };
}

const keys = (server: MessagesApiServer): Record<string, string> => ({
  ANTHROPIC_API_KEY: MESSAGES_API_KEY,
  ANTHROPIC_BASE_URL: server.url,
});

it.runIf(process.env.TILEWRIGHT_RECORD === '1')('is recorded', { timeout: DEPLOYMENT_MS }, async () => {
  const { respond, exchanges } = recorder(scriptedClaude);
  const server = await messagesApiServer({ respond });
  const run = await deploy(join(scratch, 'recorded'), 'claude', keys(server));
  await server.close();
  expect(run.status, run.stderr).toBe(0);
  writeFileSync(fixture, recordingText({ provenance: PROVENANCE, exchanges }));
});

describe('the bundled model, deployed by a recorded session', () => {
  const workspace = join(scratch, 'deployment');
  const requests: MessagesRequest[] = [];
  let killed: Run;
  let resumed: Run;
  let killedAt = 0;

  beforeAll(async () => {
    const play = recordingPlayer(parseRecording(readFileSync(fixture, 'utf8')));
    const kill = new AbortController();
    const server = await messagesApiServer({
      respond: (request): MessagesReply => {
        requests.push(request);
        // In phase 4, when the model hears what came of the edits that it authored.
        if (kill.signal.aborted || !isAfter(request, 'author_edits')) return play(request);
        killedAt = requests.length;
        kill.abort();
        return 'hang-up';
      },
    });
    killed = await deploy(workspace, 'claude', keys(server), kill);
    resumed = await deploy(workspace, 'claude', keys(server));
    await server.close();
  }, 2 * DEPLOYMENT_MS);

  it('passes phases 0 to 7, though it was killed in the midst of them', () => {
    expect(killed.signal).toBe('SIGKILL');
    expect(resumed.status, resumed.stderr).toBe(0);
    const { status, phases, evaluation } = JSON.parse(resumed.stdout);
    expect(status).toBe('accepted');
    expect(phases.map(({ phase, status: outcome }: Record<string, unknown>) => `${phase} ${outcome}`)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((phase) => `${phase} passed`),
    );
    // Phase 7: the evaluator, in a process of its own.
    expect(evaluation.verdict).toBe('pass');
  });

  it('goes on with the conversation that was interrupted', () => {
    const [before, after] = [requests[killedAt - 1], requests[killedAt]];
    expect(after?.messages.slice(0, -1)).toEqual(before?.messages.slice(0, -1));
    expect(textOf(after?.messages.at(-1) as never)).toMatch(/run was interrupted and goes on/);
    expect(after?.messages.length).toBeGreaterThan(10);
  });

  it('has edits that no skill proposed, and that were kept', () => {
    const { attempts } = JSON.parse(readFileSync(join(workspace, 'perf_opt_traj.json'), 'utf8')) as {
      attempts: readonly OptimizationAttempt[];
    };
    const authored = attempts.filter(({ proposal, kept }) => proposal === 'authored' && kept);
    expect(authored.map(({ phase, edits }) => `${phase} ${edits[0]?.kind}`)).toEqual([
      '4 merge-dispatches',
      '4 set-kernel',
      '5 set-kernel',
    ]);
    for (const { skill, beforeUs, afterUs } of authored) {
      expect(skill).toBeNull();
      expect(beforeUs / (afterUs ?? beforeUs)).toBeGreaterThan(1.02);
    }
    const proposed = attempts
      .filter(({ skill }) => skill !== null)
      .flatMap(({ edits }) => edits.map((edit) => JSON.stringify(edit)));
    expect(proposed.length).toBeGreaterThan(5);
    for (const { edits } of authored) for (const edit of edits) expect(proposed).not.toContain(JSON.stringify(edit));
  });

  it('reads its prompt from the cache, and says what it used', () => {
    const { phases } = JSON.parse(resumed.stdout);
    const { usage, decisions } = phases[5].agent;
    expect(decisions).toBeGreaterThan(5);
    expect(usage.cacheReadTokens).toBeGreaterThan(10 * usage.cacheWriteTokens);
    // A model without a list price costs nobody knows what.
    expect(usage.costUsd === null).toBe(!(DEFAULT_MODEL in LIST_PRICES));
  });

  it('leaves the key nowhere', () => {
    for (const { stdout, stderr } of [killed, resumed]) expect(stdout + stderr).not.toContain(MESSAGES_API_KEY);
    const files = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).map((name) => join(scratch, name));
    const readable = files.filter((file) => statSync(file).isFile());
    expect(readable.length).toBeGreaterThan(20);
    expect(readable.filter((file) => readFileSync(file, 'utf8').includes(MESSAGES_API_KEY))).toEqual([]);
  });

  it('is replayed from its transcript without a network, to the same plan', { timeout: DEPLOYMENT_MS }, async () => {
    const replayed = await deploy(join(scratch, 'replayed'), `replay:${join(workspace, 'transcript.jsonl')}`, {});
    expect(replayed.status, replayed.stderr).toBe(0);
    expect(JSON.parse(replayed.stdout).planDigest).toBe(JSON.parse(resumed.stdout).planDigest);
  });
});

/** Whether the conversation has come to the result of a call of this tool. */
function isAfter(request: MessagesRequest, tool: string): boolean {
  const call = lastCall(request);
  return request.messages.some(
    ({ content }) => typeof content !== 'string' && content.some(({ id, name }) => id === call && name === tool),
  );
}
