import type { Command } from 'commander';

/** The option that every command has. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document on stdout and nothing else');
}
