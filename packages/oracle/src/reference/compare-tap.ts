import type { Tensor } from '@tilewright/spec';
import type { TapResult, Tolerance, VerificationFailure } from './verification-result.ts';

/** Holds one tap against its golden: shapes first, then finiteness, then the tolerance, at every element. */
export function compareTap(
  place: { readonly case: string; readonly tap: string },
  ours: Tensor,
  golden: Tensor,
  tolerance: Tolerance,
): { readonly result: TapResult; readonly failure: VerificationFailure | null } {
  const where = `${place.case}.${place.tap}`;
  if (ours.shape.length !== golden.shape.length || ours.shape.some((extent, axis) => extent !== golden.shape[axis])) {
    return {
      result: { tap: place.tap, elements: 0, maxAbsoluteError: null, outside: golden.data.length },
      failure: {
        kind: 'shape-mismatch',
        ...place,
        expected: golden.shape,
        got: ours.shape,
        message: `${where} has shape [${ours.shape}], and in the golden [${golden.shape}].`,
      },
    };
  }

  let firstOutside = -1;
  let firstNonFinite = -1;
  let worst = 0;
  let outside = 0;
  let maxAbsoluteError = 0;
  for (let i = 0; i < ours.data.length; i++) {
    const error = Math.abs(ours.data[i] - golden.data[i]);
    if (error > maxAbsoluteError) {
      maxAbsoluteError = error;
      worst = i;
    }
    // Written so that a NaN counts as outside; an infinity is outside even where the golden has it too.
    const within = error <= allowed(golden.data[i], tolerance) && Number.isFinite(golden.data[i]);
    if (within) continue;
    outside++;
    if (firstOutside < 0) firstOutside = i;
    if (firstNonFinite < 0 && !(Number.isFinite(ours.data[i]) && Number.isFinite(golden.data[i]))) firstNonFinite = i;
  }
  const result = { tap: place.tap, elements: ours.data.length, maxAbsoluteError, outside };
  if (firstNonFinite >= 0) {
    const index = unflatten(firstNonFinite, ours.shape);
    const side = Number.isFinite(golden.data[firstNonFinite]) ? 'ours' : 'golden';
    const value = (side === 'ours' ? ours : golden).data[firstNonFinite];
    const message = `${where} is ${value} at [${index}] in ${side === 'ours' ? 'our result' : 'the golden'}.`;
    return { result, failure: { kind: 'non-finite', ...place, index, side, message } };
  }
  if (firstOutside < 0) return { result, failure: null };
  const index = unflatten(firstOutside, ours.shape);
  const [our, their] = [ours.data[firstOutside], golden.data[firstOutside]];
  const absoluteError = Math.abs(our - their);
  const bound = allowed(their, tolerance);
  const worstError = maxAbsoluteError.toExponential(2);
  return {
    result,
    failure: {
      kind: 'tolerance-exceeded',
      ...place,
      index,
      ours: our,
      golden: their,
      absoluteError,
      allowed: bound,
      outside,
      worst: { index: unflatten(worst, ours.shape), absoluteError: maxAbsoluteError },
      message:
        `${where} differs at [${index}]: ours ${our}, golden ${their}, by ${absoluteError.toExponential(2)} where ` +
        `${bound.toExponential(2)} is allowed; ${outside} of ${ours.data.length} elements differ, by ${worstError} at most.`,
    },
  };
}

function allowed(golden: number, { absolute, relative }: Tolerance): number {
  return absolute + relative * Math.abs(golden);
}

function unflatten(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}
