import { bf16ToF32, f32ToBf16NearestEven, type Program, RuntimeFault } from '@tilewright/spec';
import type { ScriptedFunction } from '../scripted/scripted-target.ts';

function words(memory: Uint8Array): Uint16Array {
  return new Uint16Array(memory.buffer, memory.byteOffset, Math.floor(memory.byteLength / 2));
}

function add(a: Uint16Array, b: Uint16Array, c: Uint16Array, program: Program): void {
  const elements = program.arguments[0]?.elements ?? 0;
  for (let i = 0; i < elements; i++) {
    c[i] = f32ToBf16NearestEven(bf16ToF32(a[i] as number) + bf16ToF32(b[i] as number));
  }
}

/** What the trial programs mean, by program name: hand it to `scriptedTarget` and it passes `targetConformance`. */
export const TRIAL_FUNCTIONS: Readonly<Record<string, ScriptedFunction>> = {
  add(memory, program) {
    const [a, b, c] = memory.map(words) as [Uint16Array, Uint16Array, Uint16Array];
    add(a, b, c, program);
  },
  'two-adds'(memory, program) {
    const [a, b, t, c] = memory.map(words) as [Uint16Array, Uint16Array, Uint16Array, Uint16Array];
    add(a, b, t, program);
    add(t, b, c, program);
  },
  copy([input, output]) {
    output?.set(input?.subarray(0, output.length) ?? []);
  },
  transpose(memory, program) {
    const [input, output] = memory.map(words) as [Uint16Array, Uint16Array];
    const relay = program.launches[0]?.memtile[0]?.body[0];
    const leaving = relay?.kind === 'for' ? relay.body.find((statement) => statement.kind === 'put') : undefined;
    const [columns = 0, rows = 0] = leaving?.kind === 'put' ? leaving.access.sizes : [];
    const piece = rows * columns * 2;
    for (let i = 0; i < output.length; i++) {
      const pair = Math.floor((i % piece) / 2);
      const [column, row] = [Math.floor(pair / rows), pair % rows];
      output[i] = input[i - (i % piece) + (row * columns + column) * 2 + (i % 2)] as number;
    }
  },
  unfed(_, program) {
    throw new RuntimeFault('timeout', program.name, 'Nothing moves: channel enters is never filled.', {
      actors: [{ actor: 'memtile 0 S2MM 0', state: 'waiting', waitsOn: 'channel enters[0]', at: 'relay' }],
      locks: [],
      channels: [{ name: 'enters[0]', elementsPut: 0, elementsTaken: 0 }],
    });
  },
};
