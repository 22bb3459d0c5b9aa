import { BYTES_PER_ELEMENT } from '@tilewright/spec';
import type { Flow } from '../machine/machine.ts';
import type { Actor } from './actor.ts';

/**
 * 32-bit words that the stream switches on a flow's way hold together. The real depth depends on the
 * route; results do not depend on it, and a small one lets nothing hide behind it.
 */
export const FIFO_WORDS = 8;

/** The elements under way on a flow, as bit patterns; each consumer receives all of them in order. */
export interface FlowFifo {
  readonly flow: Flow;
  readonly slots: Int32Array;
  put: number;
  /** Per destination of the flow. */
  readonly taken: number[];
  /** The least of `taken`; 0 for a flow without destinations, whose elements stay where they are. */
  slowest: number;
  producerWaiting: Actor | null;
  readonly consumersWaiting: (Actor | null)[];
}

export function flowFifo(flow: Flow): FlowFifo {
  return {
    flow,
    slots: new Int32Array((FIFO_WORDS * 4) / BYTES_PER_ELEMENT[flow.format]),
    put: 0,
    taken: flow.destinations.map(() => 0),
    slowest: 0,
    producerWaiting: null,
    consumersWaiting: flow.destinations.map(() => null),
  };
}
