import { packageInfo } from '../package-info.ts';

/** How a coding agent starts the Tilewright MCP server on stdio. */
export interface McpServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * By npx, at exactly this version: runs in whatever project the agent works in, takes the package that is installed
 * there if it is of this version and fetches it otherwise, so that the server is the one whose skills lie beside it.
 */
export function publishedServer(): McpServerCommand {
  const { name, version } = packageInfo();
  return { command: 'npx', args: ['-y', `${name}@${version}`, 'mcp'] };
}

/** This very installation, by absolute paths: for a checkout, and for machines without a registry. */
export function installedServer(): McpServerCommand {
  return { command: process.execPath, args: [packageInfo().bin, 'mcp'] };
}
