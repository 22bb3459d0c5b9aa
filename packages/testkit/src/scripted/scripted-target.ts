import {
  type BufferObject,
  BYTES_PER_ELEMENT,
  type CallOptions,
  CompileError,
  type DeviceModel,
  type Diagnostic,
  type DispatchId,
  type Estimate,
  type LoweredPlan,
  MICROKERNELS,
  type Program,
  type Statement,
  type Target,
  type TargetSession,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { SMALL_DEVICE } from './small-device.ts';

/** What a dispatch does to the device's memory: one byte array per program argument, in the program's order. */
export type ScriptedFunction = (memory: readonly Uint8Array[], program: Program) => void | Promise<void>;

export interface ScriptedTargetOptions {
  /** By dispatch id, or else by the program's name. A dispatch without a function does not compile. */
  readonly functions: Readonly<Record<string, ScriptedFunction>>;
  readonly device?: DeviceModel;
  /** Estimated time of a dispatch; by default its arguments' bytes at 10 GB/s and 100 µs. */
  readonly dispatchUs?: (program: Program) => number;
}

/** What the device's memory holds before anything writes it: 1.5e16 where it is read as bf16 or f32. */
const POISON_BYTE = 0x5a;

/**
 * The least that is a Target: it keeps two copies of every buffer, refuses what does not fit L1 or has no
 * function, and runs functions where a device would run Programs. For tests of what uses a target.
 */
export function scriptedTarget({ functions, device = SMALL_DEVICE, dispatchUs }: ScriptedTargetOptions): Target {
  const functionOf = (id: DispatchId, program: Program): ScriptedFunction | undefined =>
    functions[id] ?? functions[program.name];
  const estimateOf = (program: Program): Estimate => {
    const us = dispatchUs?.(program) ?? 100 + argumentBytes(program) / 10_000;
    return { kind: 'estimate', us, parts: [{ name: 'script', us }], boundBy: 'script' };
  };
  const diagnose = (lowered: LoweredPlan): Diagnostic[] =>
    lowered.dispatches.flatMap(({ id, program }) => [
      ...l1Diagnostics(id, program, device),
      ...microkernelDiagnostics(id, program),
      ...(functionOf(id, program) === undefined ? [unscripted(id, program)] : []),
    ]);
  return {
    specificationVersion: 'v1',
    id: 'scripted',
    kind: 'spatial',
    timing: 'estimate',
    device,
    async supports(lowered, options) {
      throwIfAborted(options?.signal);
      const diagnostics = diagnose(lowered);
      return diagnostics.length === 0 ? { ok: true } : { ok: false, diagnostics };
    },
    async compile(lowered, options) {
      throwIfAborted(options?.signal);
      const diagnostics = diagnose(lowered);
      if (diagnostics.length > 0) throw new CompileError(diagnostics);
      const resources = lowered.dispatches.map(({ id, program }) => [id, l1Use(program, device)] as const);
      return { target: 'scripted', lowered, resources: new Map(resources) };
    },
    async estimate(compiled, options) {
      throwIfAborted(options?.signal);
      return new Map(compiled.lowered.dispatches.map(({ id, program }) => [id, estimateOf(program)]));
    },
    async open(compiled, options) {
      throwIfAborted(options?.signal);
      const dispatches = new Map(
        compiled.lowered.dispatches.map(({ id, program }) => [
          id,
          { program, execute: functionOf(id, program) as ScriptedFunction, timing: estimateOf(program) },
        ]),
      );
      return scriptedSession(dispatches, device);
    },
  };
}

interface ScriptedDispatch {
  readonly program: Program;
  readonly execute: ScriptedFunction;
  readonly timing: Estimate;
}

function scriptedSession(dispatches: ReadonlyMap<DispatchId, ScriptedDispatch>, device: DeviceModel): TargetSession {
  const memories = new Map<BufferObject, Uint8Array>();
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;
  const refuse = (message: string, remedy: string): never => {
    throw new TilewrightError('usage', message, remedy);
  };
  const memoryOf = (buffer: BufferObject): Uint8Array =>
    memories.get(buffer) ?? refuse(`${buffer.name} is not a buffer of this session.`, 'Allocate it here.');
  const checkOpen = (): void => {
    if (closed) refuse('The session is closed.', 'Open another one.');
  };
  const execute = async (id: DispatchId, buffers: readonly BufferObject[], options: CallOptions | undefined) => {
    checkOpen();
    throwIfAborted(options?.signal);
    const dispatch = dispatches.get(id) ?? refuse(`There is no dispatch ${id}.`, 'Run one of the plan.');
    const { program } = dispatch;
    const memory = buffers.map(memoryOf);
    const fits =
      memory.length === program.arguments.length &&
      program.arguments.every(
        ({ format, elements }, index) => (memory[index] as Uint8Array).length >= elements * BYTES_PER_ELEMENT[format],
      );
    if (!fits) refuse(`The buffers do not fit the arguments of ${id}.`, 'Give one large enough per argument.');
    await dispatch.execute(memory, program);
    return { dispatch: id, timing: dispatch.timing };
  };
  return {
    async allocate({ name, bytes }) {
      checkOpen();
      if (!Number.isInteger(bytes) || bytes <= 0) refuse(`${name} has ${bytes} bytes.`, 'Ask for at least one byte.');
      const buffer: BufferObject = { name, bytes, host: new Uint8Array(bytes) };
      memories.set(buffer, new Uint8Array(bytes).fill(POISON_BYTE));
      return buffer;
    },
    async sync(buffer, direction) {
      checkOpen();
      const memory = memoryOf(buffer);
      if (direction === 'to-device') memory.set(buffer.host);
      else buffer.host.set(memory);
      const us = device.host.syncUs + (buffer.bytes / device.host.syncBytesPerSecond) * 1e6;
      return { kind: 'estimate', us, parts: [{ name: 'sync', us }], boundBy: 'sync' };
    },
    run(id, buffers, options) {
      const report = queue.then(() => execute(id, buffers, options));
      queue = report.catch(() => undefined);
      return report;
    },
    async close() {
      closed = true;
      await queue;
      memories.clear();
    },
  };
}

function argumentBytes(program: Program): number {
  return program.arguments.reduce((sum, { format, elements }) => sum + elements * BYTES_PER_ELEMENT[format], 0);
}

function l1Use(program: Program, device: DeviceModel) {
  return program.launches.flatMap((launch) =>
    launch.herds.map((herd) => ({
      launch: launch.name,
      resource: `L1 of herd ${herd.name}`,
      used:
        launch.stackBytes +
        herd.buffers.reduce((sum, { format, elements }) => sum + elements * BYTES_PER_ELEMENT[format], 0),
      available: device.l1BytesPerTile,
      unit: 'bytes',
    })),
  );
}

function l1Diagnostics(dispatch: DispatchId, program: Program, device: DeviceModel): Diagnostic[] {
  return l1Use(program, device)
    .filter(({ used, available }) => used > available)
    .map(({ launch, resource, used, available, unit }) => ({
      code: 'l1-exceeded',
      dispatch,
      launch,
      resource,
      needed: used,
      available,
      unit,
      place: null,
      message: `${resource} needs ${used} bytes and has ${available}`,
      cure: 'Use smaller tiles.',
    }));
}

function microkernelDiagnostics(dispatch: DispatchId, program: Program): Diagnostic[] {
  return program.launches.flatMap((launch) =>
    calledMicrokernels(launch.herds.flatMap((herd) => herd.body))
      .filter((name) => !MICROKERNELS.has(name))
      .map((name) => ({
        code: 'microkernel-unknown',
        dispatch,
        launch: launch.name,
        resource: `microkernel ${name}`,
        needed: 1,
        available: 0,
        unit: 'definition',
        place: null,
        message: `there is no microkernel ${name}`,
        cure: 'Call one that exists.',
      })),
  );
}

function calledMicrokernels(body: readonly Statement[]): readonly string[] {
  return body.flatMap((statement) => {
    if (statement.kind === 'call') return [statement.microkernel];
    return statement.kind === 'for' || statement.kind === 'if' ? calledMicrokernels(statement.body) : [];
  });
}

function unscripted(dispatch: DispatchId, program: Program): Diagnostic {
  return {
    code: 'program-malformed',
    dispatch,
    launch: program.launches[0]?.name ?? program.name,
    resource: `function of ${program.name}`,
    needed: 1,
    available: 0,
    unit: 'function',
    place: null,
    message: `the script has no function for ${dispatch} (${program.name})`,
    cure: `Register a function under '${dispatch}' or '${program.name}'.`,
  };
}
