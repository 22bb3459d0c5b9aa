import { CompileError, throwIfAborted } from '@tilewright/spec';
import { CPU_ARRAY } from './device.js';
import { diagnose, resourcesOf } from './diagnose.js';
import { estimateProgram } from './estimate.js';
import { openSession } from './session.js';

/**
 * Executes Programs on this CPU, statement by statement, in FP32. Its run times are measurements, of itself.
 * @type {import('@tilewright/spec').Target}
 */
export const target = {
  specificationVersion: 'v1',
  id: 'cpu',
  kind: 'spatial',
  timing: 'measurement',
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
    return openSession(new Map(lowered.dispatches.map(({ id, program }) => [id, program])), options?.signal);
  },
};
