import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connected, call, connected, WAYS } from '../__fixtures__/connected.ts';
import { scriptedService } from '../__fixtures__/scripted-service.ts';
import type { TilewrightService } from '../service/tilewright-service.ts';

/** On a busy machine what comes soon comes late. */
const PATIENCE = { timeout: 30_000 };

let open: Connected | null = null;
afterEach(async () => {
  await open?.client.close();
  await open?.end();
  open = null;
});

/** A working directory with a deployment in `out/a`, and things beside it that are nobody's business. */
async function withWorkspace(): Promise<TilewrightService> {
  const service = await scriptedService();
  const workspace = join(service.workingDirectory, 'out', 'a');
  await mkdir(join(workspace, 'gates'), { recursive: true });
  await writeFile(join(workspace, 'deployment.json'), '{}');
  await writeFile(join(workspace, 'report.html'), '<h1>Report</h1>');
  await writeFile(join(workspace, 'gates', 'phase-3.json'), '{"gate":"model"}');
  await writeFile(join(service.workingDirectory, 'secret.txt'), 'secret');
  await symlink(join(service.workingDirectory, 'secret.txt'), join(workspace, 'plan.md'));
  await mkdir(join(service.workingDirectory, 'no-deployment'));
  await writeFile(join(service.workingDirectory, 'no-deployment', 'report.html'), 'secret');
  await symlink('/etc', join(service.workingDirectory, 'outside'));
  return service;
}

function textOf({ contents }: { readonly contents: readonly object[] }): unknown {
  return (contents[0] as { readonly text?: string } | undefined)?.text;
}

describe.each(WAYS)('resources over $over, in the $era era', (way) => {
  it('are a deployment’s documents and gate evidence, listed once a job has worked on it', async () => {
    open = await connected(await withWorkspace(), way);
    const { client } = open;
    const uris = async (): Promise<string[]> => (await client.listResources()).resources.map(({ uri }) => uri);
    expect((await uris()).filter((uri) => uri.includes('workspaces'))).toEqual([]);
    const { job } = (await call(client, 'start_evaluation', { directory: 'out/a' })).data;
    await call(client, 'poll_job', { job, waitMs: 5000 });
    const { resource } = (await call(client, 'report', { directory: 'out/a' })).data;
    expect(await uris()).toEqual(
      expect.arrayContaining([
        resource,
        'tilewright://workspaces/out%2Fa/deployment',
        'tilewright://workspaces/out%2Fa/gates/3',
        `tilewright://jobs/${job}`,
        'tilewright://skills/layout-alignment',
        'tilewright://registry/kernels',
        'tilewright://registry/kernels/gemm',
      ]),
    );
    // A link out of the workspace is not among its documents.
    expect(await uris()).not.toContain('tilewright://workspaces/out%2Fa/plan');
    expect(textOf(await client.readResource({ uri: resource }))).toBe('<h1>Report</h1>');
    expect(textOf(await client.readResource({ uri: 'tilewright://workspaces/out%2Fa/gates/3' }))).toBe(
      '{"gate":"model"}',
    );
    expect(textOf(await client.readResource({ uri: 'tilewright://skills/layout-alignment' }))).toBe('# Aligns\n');
    const row = await client.readResource({ uri: 'tilewright://registry/kernels/gemm/rows/row-1' });
    expect(JSON.parse(String(textOf(row)))).toMatchObject({ id: 'row-1', publishedUs: 3 });
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.length).toBe(7);
  });

  it.each([
    'tilewright://workspaces/out%2Fa/plan',
    'tilewright://workspaces/out%2Fa/secret',
    'tilewright://workspaces/out%2Fa/evaluation',
    'tilewright://workspaces/out%2Fa/gates/2',
    'tilewright://workspaces/out%2Fa/gates/..%2F..%2F..%2Fsecret',
    'tilewright://workspaces/no-deployment/report',
    'tilewright://workspaces/nowhere/report',
    'tilewright://workspaces/..%2F..%2Fetc/passwd',
    'tilewright://workspaces/outside/passwd',
    'tilewright://workspaces/%2Fetc/report',
    'tilewright://workspaces/out%2Fa%00/report',
    'tilewright://workspaces/%E0%A4%A/report',
    'tilewright://skills/..%2Fsecret',
    'tilewright://registry/kernels/nothing',
    'tilewright://registry/kernels/gemm/rows/nothing',
    'tilewright://jobs/deployment-0',
    'tilewright://jobs/deployment-0/observation',
    'file:///etc/passwd',
  ])('are not %s', async (uri) => {
    open = await connected(await withWorkspace(), way);
    await expect(open.client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
  });

  it('of a job tell who subscribed when it takes a turn', async () => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const service = await scriptedService(async ({ directory }) => {
      await finished;
      return {
        directory,
        status: 'failed',
        reason: 'x',
        planDigest: null,
        phases: [],
        gates: [],
        evaluation: null,
        text: null,
        samePlan: null,
      };
    });
    open = await connected(service, way);
    const { client } = open;
    const updated: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
    const { job } = (await call(client, 'start_deployment', { model: 'tiny', out: 'a' })).data;
    const uri = `tilewright://jobs/${job}`;
    if (way.era === 'legacy') await client.subscribeResource({ uri });
    else await client.listen({ resourceSubscriptions: [uri] });
    finish();
    await expect.poll(() => updated, PATIENCE).toContain(uri);
  });
});

it('prompts are for deploying, evaluating and diagnosing, and complete what is known', async () => {
  open = await connected(await withWorkspace(), WAYS[0]);
  const { client } = open;
  expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['deploy', 'evaluate', 'diagnose']);
  const said = async (name: string, args: Record<string, string>): Promise<string> => {
    const { messages } = await client.getPrompt({ name, arguments: args });
    return messages.map(({ content }) => (content.type === 'text' ? content.text : '')).join('\n');
  };
  expect(await said('deploy', { model: 'org/tiny', agent: 'guest' })).toContain('exactly one tool that decides');
  expect(await said('evaluate', { directory: 'out/a' })).toContain('start_evaluation');
  expect(await said('diagnose', { directory: 'out/a' })).toContain('deployment_status');
  await call(client, 'start_evaluation', { directory: 'out/a' });
  const { completion } = await client.complete({
    ref: { type: 'ref/prompt', name: 'diagnose' },
    argument: { name: 'directory', value: 'ou' },
  });
  expect(completion.values).toEqual(['out/a']);
});
