#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { interruptionSignal } from './terminal/interruption.ts';

process.exitCode = await runCli(process.argv.slice(2), { signal: interruptionSignal(process) });
