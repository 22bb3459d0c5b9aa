/**
 * WebAssembly instructions as functions: each takes the code of its operands and returns the code that
 * leaves its result on the stack, so that a kernel reads as an expression. Only what the kernels here use;
 * opcodes are those of the core specification, 2.0 (https://www.w3.org/TR/wasm-core-2/).
 */
export type Code = number | readonly Code[];

export type ValueType = 'i32' | 'f64' | 'v128';

export const VALUE_TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** A whole number as LEB128 without a sign. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** A 32-bit number as LEB128 with a sign. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f;
    const last = (rest >> 6 === 0 && (low & 0x40) === 0) || (rest >> 6 === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

type Operations<Name extends string, Operation> = Readonly<Record<Name, Operation>>;
type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const plain =
  (opcode: number): Binary =>
  (a, b) => [a, b, opcode];
const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const unary =
  (opcode: number): Unary =>
  (a) => [a, vector(opcode)];
const binary =
  (opcode: number): Binary =>
  (a, b) => [a, b, vector(opcode)];
/** Byte offset and the alignment that may be relied on, as a power of two. */
const load =
  (opcode: number, alignment: number): Load =>
  (address, offset = 0) => [address, vector(opcode), alignment, unsigned(offset)];

export const constant = (value: number): Code => [0x41, signed(value)];

export const i32: Operations<'add' | 'sub' | 'multiply' | 'shiftLeft' | 'lessThan', Binary> & {
  readonly store: Store;
} = {
  add: plain(0x6a),
  sub: plain(0x6b),
  multiply: plain(0x6c),
  shiftLeft: plain(0x74),
  lessThan: plain(0x48),
  store: (address, value, offset = 0) => [address, value, 0x36, 2, unsigned(offset)],
};

export const v128: Operations<'and' | 'andNot' | 'or' | 'xor', Binary> &
  Operations<'load' | 'load16x4Unsigned' | 'load32Splat' | 'load64Splat' | 'load64', Load> & {
    readonly store: Store;
    /** The lowest lane of 32 bits. */
    readonly store32: Store;
    /** The lowest lane of 64 bits. */
    readonly store64: Store;
    select(a: Code, b: Code, mask: Code): Code;
    shuffle(a: Code, b: Code, bytes: readonly number[]): Code;
  } = {
  load: load(0x00, 4),
  /** Four 16-bit numbers without a sign as 32-bit lanes. */
  load16x4Unsigned: load(0x04, 1),
  load32Splat: load(0x09, 2),
  load64Splat: load(0x0a, 3),
  load64: load(0x5d, 3),
  store: (address, value, offset = 0) => [address, value, vector(0x0b), 4, unsigned(offset)],
  store32: (address, value, offset = 0) => [address, value, vector(0x5a), 2, unsigned(offset), 0],
  store64: (address, value, offset = 0) => [address, value, vector(0x5b), 3, unsigned(offset), 0],
  and: binary(0x4e),
  /** a and not b. */
  andNot: binary(0x4f),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of a where the mask's are set, else of b. */
  select: (a, b, mask) => [a, b, mask, vector(0x52)],
  /** Bytes of a (0 to 15) and b (16 to 31). */
  shuffle: (a, b, bytes) => [a, b, vector(0x0d), bytes],
};

/** The 32-bit lanes of a (0 to 3) and b (4 to 7), in the order given. */
export function shuffle32(a: Code, b: Code, lanes: readonly number[]): Code {
  return v128.shuffle(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  );
}

const lanes32 = (...values: readonly number[]): Code => [
  vector(0x0c),
  [...new Uint8Array(Int32Array.from(values).buffer)],
];

export const i32x4: Operations<
  | 'equal'
  | 'lessThan'
  | 'greaterThan'
  | 'shiftLeft'
  | 'shiftRight'
  | 'add'
  | 'subtract'
  | 'minimum'
  | 'minimumUnsigned'
  | 'maximum'
  | 'dot',
  Binary
> &
  Operations<'splat' | 'bitmask' | 'extendLowUnsigned' | 'extendHighUnsigned' | 'truncate', Unary> & {
    all(value: number): Code;
    constant(...values: readonly number[]): Code;
  } = {
  constant: lanes32,
  all: (value) => lanes32(value, value, value, value),
  splat: unary(0x11),
  equal: binary(0x37),
  lessThan: binary(0x39),
  greaterThan: binary(0x3b),
  bitmask: unary(0xa4),
  extendLowUnsigned: unary(0xa9),
  extendHighUnsigned: unary(0xaa),
  shiftLeft: binary(0xab),
  shiftRight: binary(0xad),
  add: binary(0xae),
  subtract: binary(0xb1),
  minimum: binary(0xb6),
  minimumUnsigned: binary(0xb7),
  maximum: binary(0xb8),
  /** Products of the 16-bit lanes, neighbours added. */
  dot: binary(0xba),
  truncate: unary(0xf8),
};

export const i16x8: Operations<'narrowUnsigned' | 'multiply' | 'maximumUnsigned', Binary> = {
  /** The 32-bit lanes of a, then of b, which must fit 16 bits without a sign. */
  narrowUnsigned: binary(0x86),
  multiply: binary(0x95),
  maximumUnsigned: binary(0x99),
};

export const i64x2: Operations<'shiftLeft' | 'add', Binary> &
  Operations<'extendLowUnsigned' | 'extendHighUnsigned', Unary> = {
  shiftLeft: binary(0xcb),
  add: binary(0xce),
  extendLowUnsigned: unary(0xc9),
  extendHighUnsigned: unary(0xca),
};

export const f32x4: Operations<
  'greaterOrEqual' | 'add' | 'subtract' | 'multiply' | 'divide' | 'pseudoMinimum' | 'pseudoMaximum',
  Binary
> &
  Operations<'floor' | 'nearest' | 'demote', Unary> & { all(value: number): Code } = {
  all: (value) => i32x4.all(new Int32Array(Float32Array.of(value).buffer)[0] as number),
  greaterOrEqual: binary(0x46),
  floor: unary(0x68),
  /** Ties to even. */
  nearest: unary(0x6a),
  add: binary(0xe4),
  subtract: binary(0xe5),
  multiply: binary(0xe6),
  divide: binary(0xe7),
  /** b where b < a, else a. */
  pseudoMinimum: binary(0xea),
  /** b where a < b, else a. */
  pseudoMaximum: binary(0xeb),
  /** The two lanes of a, then zeros. */
  demote: unary(0x5e),
};

export const f64x2: Operations<'add' | 'subtract' | 'multiply', Binary> &
  Operations<'splat' | 'promoteLow' | 'convertLow', Unary> = {
  splat: unary(0x14),
  promoteLow: unary(0x5f),
  convertLow: unary(0xfe),
  add: binary(0xf0),
  subtract: binary(0xf1),
  multiply: binary(0xf2),
};
