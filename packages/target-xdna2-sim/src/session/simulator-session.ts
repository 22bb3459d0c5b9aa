import {
  type BufferObject,
  type CallOptions,
  type DeviceModel,
  type DispatchId,
  type Estimate,
  type Program,
  type RunReport,
  RuntimeFault,
  type TargetSession,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { ddrArguments } from '../execution/ddr-argument.ts';
import type { Executor } from '../execution/executor.ts';
import { type DeviceBuffer, deviceBuffer } from './device-memory.ts';
import { syncEstimate } from './sync-estimate.ts';

/** What a session needs to know of one compiled dispatch. */
export interface RunnableDispatch {
  readonly program: Program;
  /** Builds the executor; called at the dispatch's first run. */
  prepare(): Executor;
  /** Called once per session. */
  estimate(): Estimate;
}

/** How long a run keeps the thread before it lets timers and abort signals through. */
const SLICE_MS = 50;

/**
 * Estimated time of one run, in µs, after which a dispatch is held for one that does not come to its end: far more than one of
 * any model that can be simulated takes.
 */
const LONGEST_RUN_US = 10e6;

/** A session of the simulator. Runs are queued: the device does one dispatch at a time. */
export function simulatorSession(
  device: DeviceModel,
  dispatches: ReadonlyMap<DispatchId, RunnableDispatch>,
  sessionSignal: AbortSignal | undefined,
): TargetSession {
  const buffers = new Set<BufferObject>();
  const executors = new Map<DispatchId, { readonly executor: Executor; readonly timing: Estimate }>();
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  const checkOpen = (): void => {
    if (closed) {
      throw new TilewrightError('usage', 'The session is closed.', 'Open another session on the compiled plan.');
    }
  };
  const own = (buffer: BufferObject): DeviceBuffer => {
    if (!buffers.has(buffer)) {
      throw new TilewrightError(
        'usage',
        `Buffer ${buffer.name} was not allocated in this session.`,
        'Allocate it with this session.',
        { field: buffer.name },
      );
    }
    return buffer as DeviceBuffer;
  };
  const runnable = (id: DispatchId): RunnableDispatch => {
    const found = dispatches.get(id);
    if (found === undefined) {
      throw new TilewrightError(
        'plan-invalid',
        `There is no dispatch ${id} in the compiled plan.`,
        `Run one of: ${[...dispatches.keys()].join(', ')}.`,
        { got: id },
      );
    }
    return found;
  };
  const execute = async (
    id: DispatchId,
    arguments_: readonly BufferObject[],
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<RunReport> => {
    checkOpen();
    for (const signal of signals) throwIfAborted(signal);
    const dispatch = runnable(id);
    const words = ddrArguments(
      id,
      dispatch.program,
      arguments_.map((buffer) => own(buffer).device),
    );
    let known = executors.get(id);
    if (known === undefined) {
      const timing = dispatch.estimate();
      if (timing.us > LONGEST_RUN_US) throw tooLong(id, timing.us);
      known = { executor: dispatch.prepare(), timing };
      executors.set(id, known);
    }
    const { executor } = known;
    try {
      executor.start(words);
      while (!(await executor.advance(SLICE_MS))) {
        await new Promise((resume) => setImmediate(resume));
        checkOpen();
        for (const signal of signals) throwIfAborted(signal);
      }
    } catch (error) {
      executor.cancel?.();
      throw error;
    }
    return { dispatch: id, timing: known.timing };
  };

  return {
    async allocate({ name, bytes }) {
      checkOpen();
      const buffer = deviceBuffer(name, bytes);
      buffers.add(buffer);
      return buffer;
    },
    async sync(buffer, direction) {
      checkOpen();
      const { host, device: memory, bytes } = own(buffer);
      if (direction === 'to-device') memory.set(host);
      else host.set(memory.subarray(0, bytes));
      return syncEstimate(device, bytes);
    },
    run(id, arguments_, options: CallOptions = {}) {
      const report = queue.then(() => execute(id, arguments_, [sessionSignal, options.signal]));
      // A failed run fails for its caller; the next one starts all the same.
      queue = report.catch(() => undefined);
      return report;
    },
    async close() {
      closed = true;
      await queue;
      buffers.clear();
      executors.clear();
    },
  };
}

function tooLong(id: DispatchId, us: number): RuntimeFault {
  return new RuntimeFault(
    'timeout',
    id,
    `${id} would run for an estimated ${(us / 1e6).toPrecision(3)} s, and is stopped after ${LONGEST_RUN_US / 1e6} s.`,
    { actors: [], locks: [], channels: [] },
  );
}
