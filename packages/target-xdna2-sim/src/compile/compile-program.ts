import type { DeviceModel, Diagnostic, Program, ResourceUse } from '@tilewright/spec';
import type { Machine, MachineLaunch } from '../machine/machine.ts';
import { compileLaunch } from './compile-launch.ts';
import { foreseeUnwritten } from './foresee-unwritten.ts';

export interface CompiledProgram {
  /** Null where there are diagnostics. */
  readonly machine: Machine | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What compiles and will go wrong when it runs. */
  readonly hazards: readonly Diagnostic[];
  readonly resources: readonly ResourceUse[];
}

/** Compiles every launch of a Program, each a configuration of its own. */
export function compileProgram(
  program: Program,
  device: DeviceModel,
  dispatch: string = program.name,
): CompiledProgram {
  const diagnostics: Diagnostic[] = [];
  const hazards: Diagnostic[] = [];
  const resources: ResourceUse[] = [];
  const launches: MachineLaunch[] = [];
  for (const launch of program.launches) {
    const compiled = compileLaunch(program, launch, device, dispatch);
    diagnostics.push(...compiled.diagnostics);
    hazards.push(...compiled.hazards);
    resources.push(...compiled.resources);
    if (compiled.machine !== null) launches.push(compiled.machine);
  }
  if (diagnostics.length === 0) hazards.push(...foreseeUnwritten(program, launches, dispatch));
  return { machine: diagnostics.length === 0 ? { program, launches } : null, diagnostics, hazards, resources };
}
