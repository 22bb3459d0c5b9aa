import { type MatrixProduct, TilewrightError } from '@tilewright/spec';

/** The product if its arrays have the lengths that its sizes call for. Throws `shape-unsupported`. */
export function requireProductSizes(product: MatrixProduct): MatrixProduct {
  const { x, w, out, m, n, k, batch = 1 } = product;
  const expected = [batch * m * k, batch * k * n, batch * m * n];
  const got = [x.length, w.length, out.length];
  if (expected.every((length, i) => length === got[i])) return product;
  throw new TilewrightError(
    'shape-unsupported',
    `A product of [${m}, ${k}] and [${k}, ${n}], ${batch} times, takes ${expected} elements, and has ${got}.`,
    'Give each array exactly its elements.',
    { expected, got },
  );
}
