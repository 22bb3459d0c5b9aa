import { type KernelConfig, TilewrightError } from '@tilewright/spec';
import type { BrokenLimit, KernelShape } from './kernel-definition.ts';

/** A dimension of a shape; a missing or impossible one is a malformed plan (`plan-invalid`). */
export function dimension(kernel: string, shape: KernelShape, name: string): number {
  return positiveWhole(kernel, 'dimension', name, shape[name]);
}

/** A value of a shape that need not be whole, such as an epsilon; not negative. */
export function realDimension(kernel: string, shape: KernelShape, name: string): number {
  const value = shape[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw invalid(kernel, 'dimension', name, value, 'a number that is not negative');
}

/** A number of a configuration, a positive whole one. */
export function setting(kernel: string, config: KernelConfig, name: string): number {
  return positiveWhole(kernel, 'setting', name, config[name]);
}

/** A word of a configuration, one of `choices`. */
export function choice<T extends string>(kernel: string, config: KernelConfig, name: string, choices: readonly T[]): T {
  const value = config[name];
  const found = choices.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(kernel, 'setting', name, value, choices.join(' or '));
  return found;
}

/** As much as anything that has a size may have of it, as in plans. */
const LARGEST = 0x7fffffff;

function positiveWhole(kernel: string, what: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LARGEST) return value;
  throw invalid(kernel, what, name, value, 'a positive whole number');
}

function invalid(kernel: string, what: string, name: string, value: unknown, expected: string): TilewrightError {
  return new TilewrightError(
    'plan-invalid',
    `The ${what} ${name} of kernel ${kernel} is ${JSON.stringify(value)}; it must be ${expected}.`,
    `Give ${name} such a value in the plan.`,
    { field: name, expected, got: String(value) },
  );
}

/** Collects the limits that a configuration breaks. */
export interface LimitList {
  readonly broken: BrokenLimit[];
  /** Breaks `limit` where `needed` is above `available`. */
  atMost(limit: string, needed: number, available: number, message: string): void;
  /** Breaks `limit` where `value` is not a multiple of `multiple`. */
  multiple(limit: string, value: number, multiple: number, message: string): void;
  /** Breaks `limit` where a condition does not hold. */
  holds(limit: string, condition: boolean, needed: number, available: number, message: string): void;
}

export function limitList(): LimitList {
  const broken: BrokenLimit[] = [];
  const add = (limit: string, needed: number, available: number, message: string): void => {
    broken.push({ limit, needed, available, message: `${message} (${needed} against ${available})` });
  };
  return {
    broken,
    atMost: (limit, needed, available, message) => {
      if (needed > available) add(limit, needed, available, message);
    },
    multiple: (limit, value, multiple, message) => {
      if (value % multiple !== 0) add(limit, value, multiple, message);
    },
    holds: (limit, condition, needed, available, message) => {
      if (!condition) add(limit, needed, available, message);
    },
  };
}

/** Refuses to build what `limits` rejects. */
export function assertLegal(kernel: string, shape: KernelShape, broken: readonly BrokenLimit[]): void {
  const [first] = broken;
  if (first === undefined) return;
  throw new TilewrightError(
    'shape-unsupported',
    `Kernel ${kernel} cannot be built at ${JSON.stringify(shape)}: ${first.message}.`,
    'Choose a configuration for which the kernel reports no broken limit, or pad the shape.',
    { kernel, shape, broken },
  );
}
