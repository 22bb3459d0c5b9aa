import type { DeploymentRequest } from '@tilewright/mcp';
import type { Agent } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import type { DeploymentRun } from '../commands/run-deployment.ts';
import { chosenAgent } from '../config/chosen-modules.ts';
import type { LoadedConfig } from '../config/load-config.ts';

/** Who decides in a deployment: the client, an agent of ours by name, or a transcript. */
export async function deciding(
  { agent: named }: DeploymentRequest,
  guest: Agent | null,
  config: LoadedConfig,
  _context: CommandContext,
): Promise<Pick<DeploymentRun, 'agent'>> {
  if (guest !== null) return { agent: { value: guest, module: guest.id } };
  return { agent: await chosenAgent(typeof named === 'string' ? named : undefined, config) };
}
