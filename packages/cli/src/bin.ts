#!/usr/bin/env node
import { reportError } from './report-error.ts';
import { asksForJson, runCli } from './run-cli.ts';
import { commandName } from './terminal/command-name.ts';
import { interruptionSignal } from './terminal/interruption.ts';
import { processSurroundings } from './terminal/surroundings.ts';

const args = process.argv.slice(2);
const surroundings = processSurroundings({
  signal: interruptionSignal(process),
  commandName: commandName(process.argv[1] ?? '', process.env, process.cwd()),
});
// What nobody waits for can fail too: a bug, reported like any other error.
process.once('uncaughtException', (error) => process.exit(reportError(error, asksForJson(args), surroundings)));
process.exitCode = await runCli(args, surroundings);
