import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, expect, it } from 'vitest';
import { callTool, followJob, mcpClient, readText, TILEWRIGHT } from './support/mcp-client.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tilewright-mcp-server-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
cpSync(fileURLToPath(new URL('../test-data/configs/Qwen3-0.6B.json', import.meta.url)), join(scratch, 'model.json'));
// What a user's own module prints would break the protocol, came it to stdout.
writeFileSync(join(scratch, 'tilewright.config.mjs'), `console.log('here I am');\nexport default {};\n`);

it('does what the commands do', { timeout: 600_000 }, async () => {
  const client = await mcpClient({ cwd: scratch, era: 'modern' });
  try {
    const shape = { m: 2048, k: 2048, n: 8192 };
    const search = await callTool(client, 'registry_search', { kernel: 'gemm', shape, top: 2 });
    expect(search.data.configurations).toHaveLength(2);
    expect(search.text).toMatch(/^gemm at .*\n1\. [\d.]+ µs estimated, bound by /);
    const rows = JSON.parse(await readText(client, 'tilewright://registry/kernels/gemm'));
    expect(rows.length).toBeGreaterThan(50);
    const row = await readText(client, `tilewright://registry/kernels/gemm/rows/${rows[0].id}`);
    expect(JSON.parse(row)).toEqual(rows[0]);

    const { skills } = (await callTool(client, 'list_skills')).data;
    expect(skills.length).toBeGreaterThan(15);
    for (const { name, description, resource } of skills.slice(0, 3)) {
      expect(description).toContain(`<untrusted source="skill ${name}">`);
      expect(await readText(client, resource)).toContain(`name: ${name}`);
    }

    const { job } = (await callTool(client, 'start_estimate', { model: 'synthetic:model.json', promptTokens: 64 }))
      .data;
    const { status, result } = await followJob(client, job);
    expect({ status, result }).toMatchObject({
      status: 'done',
      result: { kind: 'estimate', model: 'model', promptTokens: 64, optimized: null },
    });
    expect(result.naive.timeToFirstTokenUs).toBeGreaterThan(1000);

    for (const [name, input, problem] of [
      ['deployment_status', { directory: 'nothing-here' }, /deployment/],
      ['report', { directory: 'nothing-here' }, /deployment/],
      ['registry_search', { kernel: 'gem', shape: { m: 1 } }, /gem/],
    ] as const) {
      expect(await callTool(client, name, input)).toMatchObject({
        isError: true,
        text: expect.stringMatching(problem),
      });
    }
    for (const input of [
      { model: 'no/such/model/here', out: 'out/a' },
      { model: 'synthetic:model.json', out: 'out/a', target: 'no-such-target' },
      { model: 'synthetic:model.json', out: 'out/a', agent: 'replay:nowhere.jsonl' },
    ]) {
      const failing = (await callTool(client, 'start_deployment', input)).data;
      const view = await followJob(client, failing.job);
      expect({ input, view }).toMatchObject({ view: { status: 'failed', error: { remedy: expect.any(String) } } });
    }
  } finally {
    await client.close();
  }
});

it('over stdio, ends with its client', { timeout: 600_000 }, async () => {
  const server = spawn(process.execPath, [TILEWRIGHT, 'mcp'], { cwd: scratch, stdio: ['pipe', 'pipe', 'ignore'] });
  server.stdin.write('this is no message\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const [answer] = await once(server.stdout, 'data');
  expect(JSON.parse(String(answer))).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  server.stdin.end();
  expect(await once(server, 'close')).toEqual([0, null]);
});

it('over HTTP, says where it listens, and ends in order when it is told to', { timeout: 600_000 }, async () => {
  const server = spawn(process.execPath, [TILEWRIGHT, 'mcp', '--http', '0'], { cwd: scratch });
  const [said] = await once(server.stderr, 'data');
  const [, url] = /^Listening on (http:\/\/127\.0\.0\.1:\d+\/mcp), for this machine only\.$/m.exec(String(said)) ?? [];
  const client = new Client({ name: 'scripted', version: '0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url as string)));
  expect((await callTool(client, 'list_jobs')).data).toEqual({ jobs: [] });
  await client.close();
  server.kill('SIGTERM');
  expect(await once(server, 'close')).toEqual([143, null]);
});
