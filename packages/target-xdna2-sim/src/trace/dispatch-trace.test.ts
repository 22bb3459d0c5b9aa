import { addProgram } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import { gemmProgram } from '../execution/__fixtures__/small-programs.ts';
import { estimateDispatch } from '../time/estimate-program.ts';
import { dispatchTrace } from './dispatch-trace.ts';
import type { CompleteEvent, TraceFile } from './trace-event.ts';

/** Times are sums of fractions; viewers show nanoseconds. */
const TOLERANCE_US = 1e-6;

const complete = (trace: TraceFile): CompleteEvent[] =>
  trace.traceEvents.filter((event): event is CompleteEvent => event.ph === 'X');

/** Events that neither contain each other nor are apart. */
function crossings(trace: TraceFile): string[] {
  const lanes = grouped(complete(trace));
  return [...lanes.values()].flatMap((events) => {
    const open: CompleteEvent[] = [];
    const found: string[] = [];
    for (const event of events.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      while (open.length > 0 && endOf(open.at(-1) as CompleteEvent) <= event.ts + TOLERANCE_US) open.pop();
      const around = open.at(-1);
      if (around !== undefined && endOf(event) > endOf(around) + TOLERANCE_US)
        found.push(`${around.name}/${event.name}`);
      open.push(event);
    }
    return found;
  });
}

function grouped(events: readonly CompleteEvent[]): Map<number, CompleteEvent[]> {
  const lanes = new Map<number, CompleteEvent[]>();
  for (const event of events) lanes.set(event.tid, [...(lanes.get(event.tid) ?? []), event]);
  return lanes;
}

function endOf({ ts, dur }: CompleteEvent): number {
  return ts + dur;
}

const TILES = { m: 64, k: 128, n: 96, columns: 2, rows: 2, tileM: 16, tileN: 16, k2: 64, k1: 32 };
const PROGRAMS = [
  ['add', addProgram({ tiles: 8, steps: 4, tile: 64 })],
  ['gemm', gemmProgram(TILES)],
] as const;

describe('dispatchTrace', () => {
  it.each(PROGRAMS)('ends when the estimate of %s does, whatever is folded', (_, program) => {
    const { us } = estimateDispatch(program, XDNA2);
    for (const mostEvents of [1, 100, 50_000]) {
      const trace = dispatchTrace(program, XDNA2, { mostEvents });
      expect(Math.max(...complete(trace).map(endOf))).toBeCloseTo(us, 6);
      expect(trace.otherData.us).toBe(us);
      expect(crossings(trace)).toEqual([]);
    }
  });

  it.each(PROGRAMS)('has a lane for every core of %s, and for its shim channels', (_, program) => {
    const trace = dispatchTrace(program);
    const names = trace.traceEvents.flatMap((event) => (event.name === 'thread_name' ? [String(event.args.name)] : []));
    const cores = program.launches.flatMap(({ herds }) =>
      herds.flatMap(({ name, columns, rows }) =>
        Array.from({ length: columns * rows }, (_, i) => `${name} (${Math.floor(i / rows)}, ${i % rows})`),
      ),
    );
    expect(names).toEqual(expect.arrayContaining(cores));
    expect(names.some((name) => /^\S+ .*(in|out) /.test(name))).toBe(true);
  });

  it('has only numbers that JSON keeps, and names every lane that it uses', () => {
    const trace = dispatchTrace(gemmProgram(TILES));
    const read = JSON.parse(JSON.stringify(trace)) as TraceFile;
    expect(read).toEqual(trace);
    const named = new Set(read.traceEvents.flatMap(({ ph, pid, tid }) => (ph === 'M' ? [`${pid}:${tid}`] : [])));
    for (const { pid, tid, ts, dur } of complete(read)) {
      expect(named.has(`${pid}:${tid}`)).toBe(true);
      expect(ts >= 0 && dur >= 0).toBe(true);
    }
  });

  it('stays within the number of events that it is given', () => {
    const most = 120;
    expect(complete(dispatchTrace(gemmProgram(TILES))).length).toBeGreaterThan(most);
    expect(complete(dispatchTrace(gemmProgram(TILES), XDNA2, { mostEvents: most })).length).toBeLessThanOrEqual(most);
  });

  it('finds events that cross', () => {
    const event = { ph: 'X', cat: '', pid: 1, tid: 1, args: {} } as const;
    const traceEvents = [
      { ...event, name: 'a', ts: 0, dur: 2 },
      { ...event, name: 'b', ts: 1, dur: 2 },
    ];
    expect(crossings({ traceEvents, displayTimeUnit: 'ns', otherData: {} })).toEqual(['a/b']);
  });
});
