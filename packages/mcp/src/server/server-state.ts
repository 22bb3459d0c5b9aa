import { randomBytes } from 'node:crypto';
import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import { JobTable } from '../job/job-table.ts';
import type { TilewrightService } from '../service/tilewright-service.ts';
import { type WorkspaceAccess, workspaceAccess } from '../workspace/workspace-access.ts';

/** What a question to the human was about; it travels through the client, and comes back sealed. */
export interface AskedAbout {
  readonly job: string;
  readonly checkpoint: number;
}

/** What outlives a connection or a request, and is shared by all of them. */
export interface ServerState {
  readonly service: TilewrightService;
  readonly jobs: JobTable;
  readonly workspaces: WorkspaceAccess;
  readonly asked: RequestStateCodec<AskedAbout>;
  /** Where faults of ours go that no client is to be told in full. */
  readonly onFault: (error: unknown) => void;
}

export async function serverState(service: TilewrightService, onFault: (error: unknown) => void): Promise<ServerState> {
  return {
    service,
    jobs: new JobTable(),
    workspaces: await workspaceAccess(service.workingDirectory),
    // Good for as long as the job is: neither outlives this process.
    asked: createRequestStateCodec<AskedAbout>({ key: randomBytes(32), ttlSeconds: 3600 }),
    onFault,
  };
}
