import { evaluateAffine, type Loop, type MicrokernelSignature } from '@tilewright/spec';
import { affineRange, type Range } from './affine-range.ts';
import { malformed, type Report } from './findings.ts';
import { type Block, type Call, callsOf, type ProcessInstance } from './process-instance.ts';

/** Corners of more variables than this are not tried all. */
const MAX_VARIABLES = 6;

/**
 * Calls name a microkernel that exists, with parameters that its datapath takes and operands that
 * stay in their buffers, at both ends of every variable that the parameters depend on.
 */
export function checkMicrokernels(
  instances: readonly ProcessInstance[],
  grid: readonly Loop[],
  microkernels: ReadonlyMap<string, MicrokernelSignature>,
  report: Report,
): void {
  for (const instance of instances) {
    for (const { call, blocks } of callsOf(instance.root)) {
      const signature = microkernels.get(call.microkernel);
      if (signature === undefined) {
        report({
          code: 'microkernel-unknown',
          resource: `microkernel ${call.microkernel}`,
          needed: 1,
          available: 0,
          unit: 'microkernels',
          place: instance.tile,
          message: `${instance.label} calls ${call.microkernel}, which does not exist.`,
          cure: `Use one of ${[...microkernels.keys()].join(', ')}.`,
        });
      } else checkCall(instance, call, signature, scopeOf(blocks, grid), report);
    }
  }
}

function scopeOf(blocks: readonly Block[], grid: readonly Loop[]): ReadonlyMap<string, Range> {
  return new Map([...grid, ...blocks].map(({ variable, extent }) => [variable, [0, extent - 1] as const]));
}

function checkCall(
  instance: ProcessInstance,
  call: Call,
  signature: MicrokernelSignature,
  scope: ReadonlyMap<string, Range>,
  report: Report,
): void {
  const problems = new Set<string>();
  const lengths = new Map(instance.buffers.map(({ name, elements }) => [name, elements]));
  for (const values of corners(call, scope)) {
    const parameters = Object.fromEntries(
      Object.entries(call.parameters).map(([name, value]) => [name, evaluateAffine(value, values)]),
    );
    for (const problem of signature.limits(parameters)) problems.add(problem);
    for (const { name, elements } of signature.operands) {
      const operand = call.operands[name] as Call['operands'][string];
      const [low, high] = affineRange(operand.offset, scope);
      const end = high + elements(parameters);
      const length = lengths.get(operand.buffer) as number;
      if (low >= 0 && end <= length) continue;
      const where = `${instance.label}, call ${call.microkernel}`;
      const message = `${name} reaches elements ${low} to ${end - 1} of ${operand.buffer}, which has ${length}.`;
      report(malformed(where, message, 'Make the buffer as long as the call needs.', instance.tile));
      return;
    }
  }
  for (const problem of problems) {
    report({
      code: 'microkernel-limit',
      resource: `datapath of ${call.microkernel}`,
      needed: problems.size,
      available: 0,
      unit: 'broken limits',
      place: instance.tile,
      message: `${instance.label}, ${call.microkernel}: ${problem}`,
      cure: 'Choose a tile that the datapath takes.',
    });
  }
}

/** Both ends of every variable that the parameters use; the other variables do not matter. */
function corners(call: Call, scope: ReadonlyMap<string, Range>): Record<string, number>[] {
  const used = new Set(Object.values(call.parameters).flatMap(({ coefficients }) => Object.keys(coefficients)));
  let result: Record<string, number>[] = [{}];
  for (const variable of [...used].slice(0, MAX_VARIABLES)) {
    const [first, last] = scope.get(variable) ?? [0, 0];
    result = result.flatMap((values) => [...new Set([first, last])].map((value) => ({ ...values, [variable]: value })));
  }
  for (const variable of [...used].slice(MAX_VARIABLES)) for (const values of result) values[variable] = 0;
  return result;
}
