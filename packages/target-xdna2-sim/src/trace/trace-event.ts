/**
 * The Trace Event Format that chrome://tracing and Perfetto read, as far as it is used here: complete events
 * and the names of lanes. Times are in microseconds.
 */
export type TraceEvent = CompleteEvent | NameEvent;

export interface CompleteEvent {
  readonly ph: 'X';
  readonly name: string;
  readonly cat: string;
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, number | string>>;
}

/** Names a process (a group of lanes) or a thread (a lane). */
export interface NameEvent {
  readonly ph: 'M';
  readonly name: 'process_name' | 'thread_name';
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name: string };
}

export interface TraceFile {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms' | 'ns';
  /** Shown by viewers beside the trace. */
  readonly otherData: Readonly<Record<string, number | string>>;
}

/** Lanes in the making, in named groups. */
export class TraceLanes {
  readonly events: TraceEvent[] = [];
  readonly #groups = new Map<string, number>();
  readonly #lanes = new Map<string, { readonly pid: number; readonly tid: number }>();

  add(
    [group, lane]: readonly [string, string],
    name: string,
    ts: number,
    dur: number,
    args: CompleteEvent['args'] = {},
  ): void {
    this.events.push({ ph: 'X', name, cat: group, ts, dur, ...this.#place(group, lane), args });
  }

  #place(group: string, lane: string): { readonly pid: number; readonly tid: number } {
    const key = `${group}\n${lane}`;
    let place = this.#lanes.get(key);
    if (place === undefined) {
      let pid = this.#groups.get(group);
      if (pid === undefined) {
        pid = this.#groups.size + 1;
        this.#groups.set(group, pid);
        this.events.push({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: group } });
      }
      place = { pid, tid: this.#lanes.size + 1 };
      this.#lanes.set(key, place);
      this.events.push({ ph: 'M', name: 'thread_name', ...place, args: { name: lane } });
    }
    return place;
  }
}
