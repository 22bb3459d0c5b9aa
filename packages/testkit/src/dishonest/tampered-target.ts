import type {
  BufferObject,
  Compiled,
  DispatchId,
  Program,
  RunReport,
  SessionOptions,
  Target,
  TargetSession,
} from '@tilewright/spec';

/** A run of a dispatch, as whoever tampers with it sees it. */
export interface TamperedRun {
  readonly dispatch: DispatchId;
  readonly program: Program;
  /** How many runs of this dispatch there were before in the session. */
  readonly earlierRuns: number;
  /** In the order of the program's arguments. */
  readonly buffers: readonly BufferObject[];
  /** What the honest target does. */
  execute(): Promise<RunReport>;
  /** What the device holds of an argument. */
  read(argument: number): Promise<Uint8Array>;
  /** Puts something else there; shorter contents leave the rest as it is. */
  write(argument: number, bytes: Uint8Array): Promise<void>;
  /** Arguments that the program writes. */
  readonly written: readonly number[];
}

export interface TargetTampering {
  /** Made for each session. Runs go through it instead of to the honest target. */
  session(execution: NonNullable<SessionOptions['execution']>): {
    run(run: TamperedRun): Promise<RunReport>;
    /** Before a buffer is synced to the device: what is put there instead; undefined for what was meant. */
    toDevice?(buffer: BufferObject): Uint8Array | undefined;
  };
}

/**
 * An honest target in the hands of a cheat: id, device, compiler and times stay, and what happens in a run is
 * the tampering's. The user's view of buffers (`host`) is left as it is, so that nothing shows but on the device.
 */
export function tamperedTarget(target: Target, tampering: TargetTampering): Target {
  return {
    ...target,
    open: async (compiled: Compiled, options: SessionOptions = {}): Promise<TargetSession> => {
      const session = await target.open(compiled, options);
      const programs = new Map(compiled.lowered.dispatches.map(({ id, program }) => [id, program]));
      const { run: tamper, toDevice } = tampering.session(options.execution ?? 'fast');
      const runs = new Map<DispatchId, number>();
      return {
        allocate: (request) => session.allocate(request),
        async sync(buffer, direction) {
          const other = direction === 'to-device' ? toDevice?.(buffer) : undefined;
          if (other === undefined) return session.sync(buffer, direction);
          const meant = buffer.host.slice();
          buffer.host.set(other);
          const timing = await session.sync(buffer, direction);
          buffer.host.set(meant);
          return timing;
        },
        async run(dispatch, buffers, call) {
          const program = programs.get(dispatch);
          if (program === undefined) return session.run(dispatch, buffers, call);
          const earlierRuns = runs.get(dispatch) ?? 0;
          runs.set(dispatch, earlierRuns + 1);
          const unseen = async <T>(index: number, work: (buffer: BufferObject) => Promise<T>): Promise<T> => {
            const buffer = buffers[index] as BufferObject;
            const shown = buffer.host.slice();
            const result = await work(buffer);
            buffer.host.set(shown);
            return result;
          };
          return tamper({
            ...{ dispatch, program, earlierRuns, buffers },
            written: [...program.arguments.keys()].filter((index) => program.arguments[index]?.access !== 'read'),
            execute: () => session.run(dispatch, buffers, call),
            read: (index) =>
              unseen(index, async (buffer) => {
                await session.sync(buffer, 'from-device');
                return buffer.host.slice();
              }),
            write: (index, bytes) =>
              unseen(index, async (buffer) => {
                await session.sync(buffer, 'from-device');
                buffer.host.set(bytes.subarray(0, buffer.bytes));
                await session.sync(buffer, 'to-device');
              }),
          });
        },
        close: () => session.close(),
      };
    },
  };
}
