import { expect, test } from 'vitest';
import { CALLED_BY_NAME } from '../__fixtures__/conformance/by-name.ts';
import { conformanceServer } from '../__fixtures__/conformance/conformance-server.ts';
import { runSuite } from '../__fixtures__/conformance/run-suite.ts';
import { scriptedService } from '../__fixtures__/scripted-service.ts';
import { serverFactory } from './build-server.ts';
import { serveHttp } from './serve-http.ts';
import { serverState } from './server-state.ts';

const REVISIONS = ['2026-07-28', '2025-11-25'];
const LONG = { timeout: 300_000 };

test.each(REVISIONS)('passes what %s requires, with the tools that the suite calls by name', LONG, async (revision) => {
  const serving = await conformanceServer(() => {});
  try {
    const { exitStatus, output } = await runSuite(serving.url, revision);
    expect(output).toMatch(/Total: \d{2,} passed/);
    expect({ exitStatus, output }).toEqual({ exitStatus: 0, output });
  } finally {
    await serving.close();
  }
});

test.each(REVISIONS)(
  'as it is, fails of %s exactly what calls tools, prompts and resources by name',
  LONG,
  async (revision) => {
    const state = await serverState(await scriptedService(), () => {});
    const serving = await serveHttp(serverFactory(state), { port: 0, onFault: () => {} });
    try {
      const { exitStatus, output } = await runSuite(serving.url, revision, CALLED_BY_NAME[revision]);
      expect({ exitStatus, output }).toEqual({ exitStatus: 0, output });
    } finally {
      await serving.close();
    }
  },
);
