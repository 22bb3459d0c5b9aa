#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { commandName } from './terminal/command-name.ts';
import { interruptionSignal } from './terminal/interruption.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  signal: interruptionSignal(process),
  commandName: commandName(process.argv[1] ?? '', process.env, process.cwd()),
});
