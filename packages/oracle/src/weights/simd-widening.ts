/**
 * Two loops in WebAssembly, for its 128-bit instructions: every weight passes here, and a plain loop takes five times as
 * long. What they compute is `(bits << 16)` and "is any exponent all ones".
 *
 *   (module
 *     (memory (export "memory") 3)
 *     (func (export "widen") (param $end i32) (local $i i32) (local $v v128)
 *       (loop $next
 *         (local.set $v (v128.load (local.get $i)))
 *         (v128.store offset=65536 (i32.shl (local.get $i) (i32.const 1))
 *           (i32x4.shl (i32x4.extend_low_i16x8_u (local.get $v)) (i32.const 16)))
 *         (v128.store offset=65552 (i32.shl (local.get $i) (i32.const 1))
 *           (i32x4.shl (i32x4.extend_high_i16x8_u (local.get $v)) (i32.const 16)))
 *         (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $end)))))
 *     (func (export "exponents") (param $end i32) (result i32) (local $i i32) (local $largest v128)
 *       (loop $next
 *         (local.set $largest (i32x4.max_u (local.get $largest)
 *           (i32x4.shl (v128.load (local.get $i)) (i32.const 1))))
 *         (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $end))))
 *       (v128.any_true (i32x4.ge_u (local.get $largest) (i32x4.splat (i32.const 0xff000000))))))
 */
const MODULE =
  '0061736d01000000010a0260017f0060017f017f03030200010503010003071e03066d656d6f7279020005776964656e0000096578706f' +
  '6e656e747300010a7e024702017f017b03402001fd000400210220014101742002fda9014110fdab01fd0b0480800420014101742002fd' +
  'aa014110fdab01fd0b04908004200141106a22012000490d000b0b3402017f017b034020022001fd0004004101fdab01fdb90121022001' +
  '41106a22012000490d000b20024180808078fd11fd40fd530b';

/** The module's memory: 64 KiB of input, and behind it 128 KiB of output. Both stay in a core's own cache. */
const INPUT_BYTES = 65536;
/** What one instruction takes: a rest is computed with whatever lies behind it, and not looked at. */
const VECTOR_BYTES = 16;

interface Loops {
  readonly memory: Uint8Array;
  widen(end: number): void;
  exponents(end: number): number;
}

let loops: Loops | undefined;

/** What we use of it; TypeScript has it only among the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

function instantiate(): Loops {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, 'hex')));
  const { memory, widen, exponents } = exports as Omit<Loops, 'memory'> & { readonly memory: { buffer: ArrayBuffer } };
  return { memory: new Uint8Array(memory.buffer), widen, exponents };
}

/** bf16 patterns, as little-endian bytes, widened into `out`, which has one element for each. */
export function widenBf16(patterns: Uint8Array, out: Float32Array): void {
  loops ??= instantiate();
  const { memory, widen } = loops;
  const outBytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  for (let done = 0; done < patterns.length; done += INPUT_BYTES) {
    const input = patterns.subarray(done, done + INPUT_BYTES);
    memory.set(input);
    widen(input.length);
    outBytes.set(memory.subarray(INPUT_BYTES, INPUT_BYTES + 2 * input.length), 2 * done);
  }
}

/** Whether any of the values is NaN or infinite. */
export function hasNonFinite(values: Float32Array): boolean {
  loops ??= instantiate();
  const { memory, exponents } = loops;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let done = 0; done < bytes.length; done += INPUT_BYTES) {
    const input = bytes.subarray(done, done + INPUT_BYTES);
    memory.set(input);
    memory.fill(0, input.length, Math.ceil(input.length / VECTOR_BYTES) * VECTOR_BYTES);
    if (exponents(input.length) !== 0) return true;
  }
  return false;
}
