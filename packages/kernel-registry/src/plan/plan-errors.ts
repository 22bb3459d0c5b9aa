import { TilewrightError } from '@tilewright/spec';

/** A plan or an edit that does not hold together. `field` locates it: `decode.buffers.q_proj.layout`. */
export function planInvalid(field: string, message: string, remedy: string): TilewrightError {
  return new TilewrightError('plan-invalid', `${field}: ${message}`, remedy, { field });
}
