import {
  type CallOptions,
  type Compiled,
  CompileError,
  type DeviceModel,
  type Diagnostic,
  type DispatchId,
  type LoweredPlan,
  type Program,
  type ResourceUse,
  throwIfAborted,
} from '@tilewright/spec';
import type { Machine } from '../machine/machine.ts';
import { type CompiledProgram, compileProgram } from './compile-program.ts';

/** A compiled plan of this target: a machine per dispatch. */
export interface CompiledMachines extends Compiled {
  readonly machines: ReadonlyMap<DispatchId, Machine>;
}

/** Every limit that the plan breaks, over all of its dispatches. Empty when it compiles. */
export function planDiagnostics(
  lowered: LoweredPlan,
  device: DeviceModel,
  options: CallOptions = {},
): readonly Diagnostic[] {
  return lowered.dispatches.flatMap(({ id, program }) => {
    throwIfAborted(options.signal);
    return compileProgram(program, device, id).diagnostics;
  });
}

/** Compiles every dispatch. Throws `CompileError` with the diagnostics of all of them. */
export function compilePlan(
  target: string,
  lowered: LoweredPlan,
  device: DeviceModel,
  options: CallOptions = {},
): CompiledMachines {
  const diagnostics: Diagnostic[] = [];
  const machines = new Map<DispatchId, Machine>();
  const hazards: Diagnostic[] = [];
  const resources = new Map<DispatchId, readonly ResourceUse[]>();
  // Dispatches that share a Program object (partitions, layers) share its machine.
  const compiledPrograms = new Map<Program, CompiledProgram>();
  for (const { id, program } of lowered.dispatches) {
    throwIfAborted(options.signal);
    const compiled = compiledPrograms.get(program) ?? compileProgram(program, device, id);
    compiledPrograms.set(program, compiled);
    diagnostics.push(...compiled.diagnostics.map((diagnostic) => ({ ...diagnostic, dispatch: id })));
    hazards.push(...compiled.hazards.map((hazard) => ({ ...hazard, dispatch: id })));
    resources.set(id, compiled.resources);
    if (compiled.machine !== null) machines.set(id, compiled.machine);
  }
  if (diagnostics.length > 0) throw new CompileError(diagnostics);
  return { target, lowered, resources, hazards, machines };
}
