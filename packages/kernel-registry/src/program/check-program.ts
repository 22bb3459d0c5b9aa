import type { Launch, Program } from '@tilewright/spec';
import { checkCall } from './check-call.ts';
import { checkScopes } from './check-scopes.ts';
import { checkTraffic } from './check-traffic.ts';
import { checkTransfer } from './check-transfer.ts';
import { occurrences, processesOf } from './instances.ts';

/**
 * What is wrong with a program, whatever the device: one sentence each, none when it is well-formed.
 * Names resolve, formats agree, every access stays inside its buffer or argument, microkernels get
 * what their signatures ask for, and on every stream as many elements are put as are taken. A program
 * that passes may still not fit a device, nor finish: an order of transfers can still block.
 */
export function checkProgram(program: Program): readonly string[] {
  const faults = new Set<string>();
  for (const name of repeated(program.arguments.map((argument) => argument.name))) {
    faults.add(`Two arguments are named ${name}.`);
  }
  for (const name of repeated(program.launches.map((launch) => launch.name))) {
    faults.add(`Two launches are named ${name}.`);
  }
  for (const launch of program.launches) {
    for (const fault of checkLaunch(program, launch)) faults.add(`${launch.name}: ${fault}`);
  }
  return [...faults];
}

function checkLaunch(program: Program, launch: Launch): readonly string[] {
  // Addresses and traffic can only be computed where every name means something.
  const scopes = checkScopes(program, launch);
  if (scopes.length > 0) return scopes;
  const faults: string[] = [];
  for (const process of processesOf(launch)) {
    for (const occurrence of occurrences(process)) {
      const { statement } = occurrence;
      faults.push(
        ...(statement.kind === 'call'
          ? checkCall(launch, { ...occurrence, statement })
          : checkTransfer(program, launch, { ...occurrence, statement })),
      );
    }
  }
  return faults.length > 0 ? faults : checkTraffic(launch);
}

/** Names that occur more than once. */
export function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
