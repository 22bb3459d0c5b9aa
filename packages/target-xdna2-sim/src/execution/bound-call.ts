import {
  type CallStatement,
  MICROKERNELS,
  type MicrokernelOperand,
  type MicrokernelSignature,
  TilewrightError,
} from '@tilewright/spec';
import { IMPLEMENTATIONS } from '../microkernels/implementations.ts';
import type { MicrokernelImplementation, OperandView, Storage } from '../microkernels/microkernel.ts';
import { bindAffine, evaluateRegisters, type RegisterAffine, type Scope } from './register-affine.ts';

/** A microkernel that can be executed. */
export interface Microkernel {
  readonly signature: MicrokernelSignature;
  readonly implementation: MicrokernelImplementation;
}

/** Microkernels by name. */
export type Microkernels = ReadonlyMap<string, Microkernel>;

/** Every microkernel that spec describes and this target computes. */
export const XDNA2_MICROKERNELS: Microkernels = new Map(
  [...MICROKERNELS].flatMap(([name, signature]) => {
    const implementation = IMPLEMENTATIONS.get(name);
    return implementation === undefined ? [] : [[name, { signature, implementation }] as const];
  }),
);

/** Where an operand lies: `data` is the copy of the buffer that the core works on now. */
export interface OperandSource {
  readonly name: string;
  readonly data: Storage;
}

/** A call whose operands and parameters are objects that each execution refills in place. */
export interface BoundCall {
  readonly microkernel: Microkernel;
  readonly views: Readonly<Record<string, OperandView>>;
  readonly parameters: Record<string, number>;
  readonly operands: readonly BoundOperand[];
  /** Parameters that change from one execution to the next. */
  readonly variables: readonly { readonly name: string; readonly value: RegisterAffine }[];
}

export interface BoundOperand {
  readonly name: string;
  readonly access: MicrokernelOperand['access'];
  readonly source: OperandSource;
  readonly view: { data: Storage; offset: number };
  readonly offset: RegisterAffine;
  readonly elements: MicrokernelSignature['operands'][number]['elements'];
}

/** Binds a call to one instance's buffers; throws `program-invalid` for an unknown microkernel or operand. */
export function bindCall(
  call: Pick<CallStatement, 'microkernel' | 'parameters'>,
  operands: readonly { readonly name: string; readonly source: OperandSource; readonly offset: RegisterAffine }[],
  microkernels: Microkernels,
  scope: Scope,
  place: string,
): BoundCall {
  const microkernel = microkernels.get(call.microkernel);
  if (microkernel === undefined) throw unknown(place, call.microkernel, [...microkernels.keys()]);
  const views: Record<string, OperandView> = {};
  const bound = operands.map(({ name, source, offset }): BoundOperand => {
    const declared = microkernel.signature.operands.find((operand) => operand.name === name);
    if (declared === undefined) {
      throw unknown(
        place,
        name,
        microkernel.signature.operands.map((operand) => operand.name),
      );
    }
    const view = { data: source.data, offset: offset.constant };
    views[name] = view;
    return {
      name,
      access: declared.access,
      source,
      view,
      offset,
      elements: (parameters) => declared.elements(parameters),
    };
  });
  const parameters: Record<string, number> = {};
  const variables: { name: string; value: RegisterAffine }[] = [];
  for (const [name, expression] of Object.entries(call.parameters)) {
    const value = bindAffine(expression, scope, place);
    parameters[name] = value.constant;
    if (value.registers.length > 0) variables.push({ name, value });
  }
  return { microkernel, views, parameters, operands: bound, variables };
}

/**
 * Runs the call with the current values of the registers. Returns null, or what is wrong when an
 * operand reaches beyond its buffer, in which case nothing was computed.
 */
export function executeCall(call: BoundCall, registers: Int32Array): string | null {
  for (const { name, value } of call.variables) call.parameters[name] = evaluateRegisters(value, registers);
  for (const { source, view, offset, elements } of call.operands) {
    view.data = source.data;
    view.offset = evaluateRegisters(offset, registers);
    const end = view.offset + elements(call.parameters);
    if (view.offset < 0 || end > source.data.length) {
      return (
        `${call.microkernel.signature.name} reaches elements ${view.offset} to ${end - 1} of ${source.name}, ` +
        `which has ${source.data.length}`
      );
    }
  }
  call.microkernel.implementation(call.views, call.parameters);
  return null;
}

function unknown(place: string, name: string, known: readonly string[]): TilewrightError {
  return new TilewrightError(
    'program-invalid',
    `${place} names ${name}, which there is not.`,
    `Use one of: ${known.join(', ')}.`,
    { field: place, got: name },
  );
}
