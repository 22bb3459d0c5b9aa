import { type Code, constant, i32, unsigned, VALUE_TYPES, type ValueType } from './code.ts';

/** A parameter or local variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** A function without a result. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  body(builder: FunctionBuilder): Code;
}

/** Describes a function by its parameters, in order, and its body. */
export function wasmFunction<Name extends string>(
  name: string,
  parameters: Readonly<Record<Name, ValueType>>,
  body: (builder: FunctionBuilder, given: Readonly<Record<Name, Local>>) => Code,
): WasmFunction {
  const names = Object.keys(parameters) as Name[];
  const given = Object.fromEntries(names.map((each, index) => [each, localAt(index)])) as Record<Name, Local>;
  return { name, parameters: names.map((each) => parameters[each]), body: (builder) => body(builder, given) };
}

/** A function in the making: gives out local variables and loops. */
export class FunctionBuilder {
  readonly #parameters: number;
  readonly locals: ValueType[] = [];

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** A new local variable. */
  local(type: ValueType): Local {
    this.locals.push(type);
    return localAt(this.#parameters + this.locals.length - 1);
  }

  /** New local variables by name. */
  variables<Name extends string>(type: ValueType, ...names: readonly Name[]): Record<Name, Local> {
    return Object.fromEntries(names.map((name) => [name, this.local(type)])) as Record<Name, Local>;
  }

  /** `count` new local variables of 128 bits. */
  vectors(count: number): readonly Local[] {
    return Array.from({ length: count }, () => this.local('v128'));
  }

  /** Runs the body, and again while the condition is not zero. */
  repeat(condition: Code, ...body: readonly Code[]): Code {
    return [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];
  }

  /** Runs the body with `variable` from 0 on, `step` further each time, while it is below `end`; at least once. */
  count(variable: Local, end: Code, step: number, ...body: readonly Code[]): Code {
    const next = variable.set(i32.add(variable.get, constant(step)));
    return [variable.set(constant(0)), this.repeat(i32.lessThan(variable.get, end), body, next)];
  }

  /** Runs the body if the condition is not zero. */
  when(condition: Code, ...body: readonly Code[]): Code {
    return [condition, 0x04, 0x40, body, 0x0b];
  }
}

function localAt(index: number): Local {
  return { get: [0x20, unsigned(index)], set: (value) => [value, 0x21, unsigned(index)] };
}

/** The binary of a module with these functions and a memory of `pages` of 64 KiB, all exported by name. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array {
  const types = functions.map(({ parameters }) => [
    0x60,
    list(parameters.map((type) => VALUE_TYPES[type])),
    unsigned(0),
  ]);
  const bodies = functions.map(({ parameters, body }) => {
    const builder = new FunctionBuilder(parameters.length);
    const code = body(builder);
    const locals = list(builder.locals.map((type) => [1, VALUE_TYPES[type]]));
    return sized([locals, code, 0x0b]);
  });
  const exported = [
    [text('memory'), 0x02, 0],
    ...functions.map(({ name }, index) => [text(name), 0x00, unsigned(index)]),
  ];
  const sections: readonly Code[] = [
    [1, sized(list(types))],
    [3, sized(list(functions.map((_, index) => unsigned(index))))],
    [5, sized(list([[0x00, unsigned(pages)]]))],
    [7, sized(list(exported))],
    [10, sized(list(bodies))],
  ];
  return Uint8Array.from(flat([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, sections]));
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function text(value: string): Code {
  return list([...new TextEncoder().encode(value)]);
}

function sized(content: Code): Code {
  const bytes = flat(content);
  return [unsigned(bytes.length), bytes];
}

function flat(code: Code): number[] {
  const bytes: number[] = [];
  const add = (part: Code): void => {
    if (typeof part === 'number') bytes.push(part);
    else for (const each of part) add(each);
  };
  add(code);
  return bytes;
}
