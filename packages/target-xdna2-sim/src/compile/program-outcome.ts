import type { DeviceModel, Diagnostic, DiagnosticCode, HazardCode, Program } from '@tilewright/spec';
import { XDNA2 } from '../device/xdna2.ts';
import { compileProgram } from './compile-program.ts';

/** What becomes of a program: it works, does not compile, makes no progress, or gives wrong numbers without an error. */
export interface ProgramOutcome {
  readonly kind: 'runs' | 'refused' | 'hangs' | 'corrupts';
  /** Why; empty where it runs. */
  readonly diagnostics: readonly Diagnostic[];
}

const KIND_OF_HAZARD: Readonly<Record<HazardCode, 'hangs' | 'corrupts'>> = {
  'odd-trip-count': 'corrupts',
  'output-incomplete': 'corrupts',
  'task-queue-overflow': 'hangs',
};

/**
 * Says what a program will do, from compiling it alone: what the compiler foresees is what the literal
 * and the fast execution then do. A hang hides what would be wrong behind it. A program that puts and
 * takes different amounts hangs too, and is seen only when it runs.
 */
export function programOutcome(program: Program, device: DeviceModel = XDNA2): ProgramOutcome {
  const { diagnostics, hazards } = compileProgram(program, device);
  if (diagnostics.length > 0) return { kind: 'refused', diagnostics };
  const kinds = hazards.flatMap(({ code }) => (isHazard(code) ? [KIND_OF_HAZARD[code]] : []));
  if (kinds.length === 0) return { kind: 'runs', diagnostics: [] };
  return { kind: kinds.includes('hangs') ? 'hangs' : 'corrupts', diagnostics: hazards };
}

function isHazard(code: DiagnosticCode): code is HazardCode {
  return code in KIND_OF_HAZARD;
}
