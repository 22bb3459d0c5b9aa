import { type Affine, TilewrightError } from '@tilewright/spec';

/** An affine expression over numbered registers instead of named variables. */
export interface RegisterAffine {
  readonly constant: number;
  readonly registers: readonly number[];
  readonly coefficients: readonly number[];
}

/** Variables in scope: those with a fixed value here, and those that live in a register. */
export interface Scope {
  readonly fixed: ReadonlyMap<string, number>;
  readonly registers: ReadonlyMap<string, number>;
}

/** Binds an expression to a scope; throws `program-invalid` for a variable that is not in it. */
export function bindAffine(expression: Affine, scope: Scope, place: string): RegisterAffine {
  let constant = expression.constant;
  const registers: number[] = [];
  const coefficients: number[] = [];
  for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
    const register = scope.registers.get(variable);
    const value = scope.fixed.get(variable);
    if (register !== undefined) {
      registers.push(register);
      coefficients.push(coefficient);
    } else if (value !== undefined) {
      constant += coefficient * value;
    } else {
      throw new TilewrightError(
        'program-invalid',
        `${place} uses the variable ${variable}, which is not in scope there.`,
        'Use loop, grid and parallel variables only where the Program declares them.',
        { field: place, got: variable },
      );
    }
  }
  return { constant, registers, coefficients };
}

export function evaluateRegisters(expression: RegisterAffine, registers: Int32Array): number {
  let value = expression.constant;
  const count = expression.registers.length;
  for (let i = 0; i < count; i++) value += expression.coefficients[i] * registers[expression.registers[i]];
  return value;
}
