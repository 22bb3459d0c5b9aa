import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../__fixtures__/repository.ts';
import { packageInfo } from '../package-info.ts';
import { runCli } from '../run-cli.ts';
import { jsonRpc } from './__fixtures__/json-rpc.ts';

/** The tools of `tilewright mcp`, asked as a client of the protocol asks. */
async function serverTools(): Promise<readonly string[]> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const ended = runCli(['mcp'], { cwd: await temporaryDirectory(), environment: {}, stdin, stdout });
  const server = jsonRpc(stdout, stdin);
  const clientInfo = { name: 'test', version: '0' };
  await server.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  server.tell('notifications/initialized');
  const { tools } = await server.ask('tools/list', {});
  stdin.end();
  expect(await ended).toBe(0);
  return tools.map(({ name }: { name: string }) => name);
}

it('the skill about the MCP server names tools that the server has', async () => {
  const skill = join(packageInfo().directory, 'skills/drive-deployment-through-mcp/SKILL.md');
  const text = await readFile(skill, 'utf8');
  const tools = await serverTools();
  // Tools are the names in code that have an underscore, and these.
  const named = [...text.matchAll(/`([a-z]+(?:_[a-z]+)+|observe|report|review|revert|profile)`/g)].map(
    ([, name]) => name,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !tools.includes(name as string))).toEqual([]);
  // Whoever decides is told of every way to.
  for (const tool of ['try_proposal', 'author_edits', 'give_up', 'start_deployment', 'poll_job'])
    expect(named).toContain(tool);
});
