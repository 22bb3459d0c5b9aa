import { CompileError, throwIfAborted } from '@tilewright/spec';
import { CPU_ARRAY } from './device.js';
import { diagnose, resourcesOf } from './diagnose.js';
import { estimateProgram } from './estimate.js';
import { openSession } from './session.js';

/**
 * Executes Programs on this CPU, statement by statement, in FP32. Its times are estimates unless it is asked to measure:
 * the same plan then takes the same time whatever else this computer does. Either way they are called what they are.
 * @param {'estimate' | 'measurement'} timing
 * @returns {import('@tilewright/spec').Target}
 */
export function cpuTarget(timing = 'estimate') {
  return {
    specificationVersion: 'v1',
    id: 'cpu',
    kind: 'spatial',
    timing,
    device: CPU_ARRAY,
    async supports(lowered, options) {
      throwIfAborted(options?.signal);
      const diagnostics = diagnose(lowered, CPU_ARRAY);
      return diagnostics.length === 0 ? { ok: true } : { ok: false, diagnostics };
    },
    async compile(lowered, options) {
      throwIfAborted(options?.signal);
      const diagnostics = diagnose(lowered, CPU_ARRAY);
      if (diagnostics.length > 0) throw new CompileError(diagnostics);
      const resources = lowered.dispatches.map(({ id, program }) => [id, resourcesOf(program, CPU_ARRAY)]);
      return { target: 'cpu', lowered, resources: new Map(resources) };
    },
    async estimate({ lowered }, options) {
      throwIfAborted(options?.signal);
      return new Map(lowered.dispatches.map(({ id, program }) => [id, estimateProgram(program)]));
    },
    async open({ lowered }, options) {
      throwIfAborted(options?.signal);
      const programs = new Map(lowered.dispatches.map(({ id, program }) => [id, program]));
      return openSession(programs, timing, options?.signal);
    },
  };
}

export { cpuTarget as target };
