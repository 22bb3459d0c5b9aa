import type { BufferRole, HostModel } from '@tilewright/spec';
import { type BufferUses, isInternal } from './buffer-uses.ts';
import { traffic } from './transfers.ts';

/** True for a buffer that holds a weight. */
export function isWeight({ buffer }: BufferUses): boolean {
  return buffer.content.kind === 'matrix' || buffer.content.kind === 'vector';
}

/**
 * Of the roles under which a buffer on the device would mean the same as on the host, the one that moves least;
 * null where there is none.
 */
export function bestDeviceRole(uses: BufferUses, host: HostModel): BufferRole | null {
  const cost = (role: BufferRole): number => traffic(uses, { residency: 'device', role }, host).us;
  return rolesOnDevice(uses).reduce<BufferRole | null>(
    (best, role) => (best === null || cost(role) < cost(best) ? role : best),
    null,
  );
}

/** The plainest first. */
function rolesOnDevice(uses: BufferUses): readonly BufferRole[] {
  const written = uses.dispatches.some(({ writes }) => writes);
  if (isWeight(uses)) return written ? [] : ['static'];
  if (!written) return uses.hostWrites.length > 0 ? ['input', 'output'] : [];
  if (isInternal(uses)) return ['intermediate'];
  // A value that a host step or the next layer needs: written whole, or first brought there by a host step.
  const [first] = uses.dispatches;
  const defined = uses.hostWrites.length > 0 || (first?.writesAll === true && !first.readsEarlier);
  return defined ? ['output'] : [];
}
