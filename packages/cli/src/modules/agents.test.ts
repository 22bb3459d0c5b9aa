import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MODEL, EFFORTS } from '@tilewright/agent-claude';
import type { Observation } from '@tilewright/spec';
import { MESSAGES_API_KEY, messagesApiServer, smallSituation, toolCall } from '@tilewright/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { GOLDENS, TINY_LLAMA, temporaryDirectory } from '../__fixtures__/repository.ts';
import { chosenAgent } from '../config/chosen-modules.ts';
import { loadConfig } from '../config/load-config.ts';

const deploy = async (args: readonly string[], environment: Record<string, string> = {}, cwd?: string) =>
  captured(['deploy', TINY_LLAMA, '--out', join(await temporaryDirectory(), 'out'), '--dry-run', '--json', ...args], {
    environment: { TILEWRIGHT_HOME: await temporaryDirectory(), ...environment },
    ...(cwd && { cwd }),
  });

const OBSERVATION: Observation = {
  ...{ specificationVersion: 'v1', situation: smallSituation(1), attempt: 0, steps: [], proposals: [], findings: [] },
  ...{ reports: [], instruction: null, lessons: [], attempts: [] },
  origin: { target: 'x', modelFamily: 'llama', modelDigest: '', prefillLength: 16, contextLength: 32 },
};

describe('--agent claude', () => {
  it('needs a key in the environment, and says so before anything begins', async () => {
    const run = await deploy(['--agent', 'claude']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({ code: 'usage', remedy: expect.stringMatching(/ANTHROPIC_API_KEY/) });
  });

  it.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'])('takes %s, and shows it nowhere', async (name) => {
    const run = await deploy(['--agent', 'claude', '--agent-model', 'claude-haiku-4-5', '--agent-effort', 'low'], {
      [name]: MESSAGES_API_KEY,
    });
    expect(run.exitStatus).toBe(0);
    expect(run.json()).toMatchObject({ agent: 'claude' });
    expect(run.stdout + run.stderr).not.toContain(MESSAGES_API_KEY);
  });

  it('is asked at ANTHROPIC_BASE_URL, with model and effort as given', async () => {
    const server = await messagesApiServer({ respond: () => ({ content: [toolCall('a', 'run_gate', {})] }) });
    onTestFinished(() => server.close());
    const environment = { ANTHROPIC_API_KEY: MESSAGES_API_KEY, ANTHROPIC_BASE_URL: server.url };
    const config = await loadConfig(await temporaryDirectory());
    const { value: agent, module } = await chosenAgent('claude', config, {
      environment,
      model: 'a-model',
      effort: 'max',
    });
    await agent.decide(OBSERVATION);
    expect(module).toBe('claude');
    expect(server.requests[0]?.body).toMatchObject({ model: 'a-model', output_config: { effort: 'max' } });
    const { value: plain } = await chosenAgent('claude', config, { environment });
    await plain.decide(OBSERVATION);
    expect(server.requests[1]?.body).toMatchObject({ model: DEFAULT_MODEL });
    expect(server.requests[1]?.body).not.toHaveProperty('output_config');
  });

  it('ends the run where the service does not take the key, which is shown nowhere', async () => {
    const server = await messagesApiServer({ respond: () => 'hang-up', apiKey: 'another-key' });
    onTestFinished(() => server.close());
    const out = join(await temporaryDirectory(), 'out');
    const environment = { ANTHROPIC_API_KEY: MESSAGES_API_KEY, ANTHROPIC_BASE_URL: server.url, TILEWRIGHT_DEBUG: '1' };
    const lengths = ['--prefill-length', '16', '--context-length', '40'];
    const args = [
      'deploy',
      join(GOLDENS, 'llama-gqa'),
      '--out',
      out,
      '--yes',
      '--agent',
      'claude',
      '--json',
      ...lengths,
    ];
    const run = await captured(args, { environment: { ...environment, TILEWRIGHT_HOME: await temporaryDirectory() } });
    expect(run.exitStatus).toBe(1);
    expect(run.json().error).toMatchObject({
      code: 'agent-failed',
      remedy: expect.stringMatching(/ANTHROPIC_API_KEY/),
    });
    expect(server.requests).toHaveLength(1);
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    const written = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(written.length).toBeGreaterThan(3);
    expect([run.stdout, run.stderr, ...written].join('\n')).not.toContain(MESSAGES_API_KEY);
  });

  it('alone takes a model or an effort', async () => {
    for (const flags of [
      ['--agent-model', 'claude-haiku-4-5'],
      ['--agent', 'rules', '--agent-effort', 'low'],
    ]) {
      const run = await deploy(flags);
      expect(run.exitStatus).toBe(2);
      expect(run.json().error).toMatchObject({ code: 'usage', message: expect.stringMatching(/the agent is rules/) });
    }
    expect((await deploy(['--agent', 'claude', '--agent-effort', 'utmost'])).exitStatus).toBe(2);
  });

  it('offers every effort that there is', async () => {
    const help = await captured(['deploy', '--help']);
    for (const effort of EFFORTS) expect(help.stdout).toContain(`"${effort}"`);
  });

  it('may stand in the configuration, with its options', async () => {
    const cwd = await temporaryDirectory();
    const agent = new URL('../../../agent-claude/src/index.ts', import.meta.url).pathname;
    await writeFile(
      join(cwd, 'tilewright.config.ts'),
      `import { claudeAgent } from '${agent}';
       export default { agent: claudeAgent({ apiKey: undefined, maxRetries: 2, prices: { 'a-model': { inputPerMillion: 1, outputPerMillion: 2 } } }) };`,
    );
    expect((await chosenAgent(undefined, await loadConfig(cwd))).value.id).toBe('claude');
  });
});
