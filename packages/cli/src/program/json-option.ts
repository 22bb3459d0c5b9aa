import type { Command } from 'commander';

/** The option that every command has but `mcp`, whose stdout is the protocol's. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document on stdout and nothing else');
}
