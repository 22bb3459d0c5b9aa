import {
  type AccessPattern,
  type Affine,
  affine,
  type CallStatement,
  type ForStatement,
  type Operand,
  type Statement,
  type TransferStatement,
} from '@tilewright/spec';

/** Constructors of statements, so that a builder reads like the program that it builds. */

/** An affine expression, or a whole number standing for itself. */
export type AffineLike = Affine | number;

function toAffine(value: AffineLike): Affine {
  return typeof value === 'number' ? affine(value) : value;
}

/** `coefficient · variable`. */
export function times(variable: string, coefficient: number): Affine {
  return affine(0, { [variable]: coefficient });
}

/** The sum of affine expressions. */
export function sum(...terms: readonly AffineLike[]): Affine {
  const coefficients: Record<string, number> = {};
  let constant = 0;
  for (const term of terms.map(toAffine)) {
    constant += term.constant;
    for (const [variable, coefficient] of Object.entries(term.coefficients)) {
      coefficients[variable] = (coefficients[variable] ?? 0) + coefficient;
    }
  }
  return affine(constant, coefficients);
}

/** `elements` in a row from `offset` on. */
export function contiguous(elements: number, offset: AffineLike = 0): AccessPattern {
  return { offset: toAffine(offset), sizes: [elements], strides: [1] };
}

/** A strided access, outermost dimension first. */
export function strided(sizes: readonly number[], strides: readonly number[], offset: AffineLike = 0): AccessPattern {
  return { offset: toAffine(offset), sizes, strides };
}

export function put(
  channel: string,
  at: readonly AffineLike[],
  buffer: string,
  access: AccessPattern,
): TransferStatement {
  return { kind: 'put', channel, at: at.map(toAffine), buffer, access };
}

export function get(
  channel: string,
  at: readonly AffineLike[],
  buffer: string,
  access: AccessPattern,
): TransferStatement {
  return { kind: 'get', channel, at: at.map(toAffine), buffer, access };
}

export function loop(variable: string, extent: number, ...body: readonly Statement[]): ForStatement {
  return { kind: 'for', variable, extent, body };
}

/** A microkernel call; operands are buffer names, or buffer and offset. */
export function call(
  microkernel: string,
  operands: Readonly<Record<string, string | { readonly buffer: string; readonly offset: AffineLike }>>,
  parameters: Readonly<Record<string, AffineLike>>,
): CallStatement {
  const placed: [string, Operand][] = Object.entries(operands).map(([name, operand]) => [
    name,
    typeof operand === 'string'
      ? { buffer: operand, offset: affine(0) }
      : { buffer: operand.buffer, offset: toAffine(operand.offset) },
  ]);
  return {
    kind: 'call',
    microkernel,
    operands: Object.fromEntries(placed),
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toAffine(value)])),
  };
}
