import type { Target } from '@tilewright/spec';
import { auditedSession } from './audited-session.ts';
import type { RunAudit } from './run-audit.ts';

/** The same target, whose sessions are watched: see `auditedSession`. It is asked for estimates without this. */
export function auditedTarget(target: Target, audit: RunAudit): Target {
  return {
    specificationVersion: 'v1',
    id: target.id,
    kind: target.kind,
    timing: target.timing,
    device: target.device,
    supports: (lowered, options) => target.supports(lowered, options),
    compile: (lowered, options) => target.compile(lowered, options),
    open: async (compiled, options) =>
      auditedSession(await target.open(compiled, options), compiled.lowered.dispatches, audit),
  };
}
