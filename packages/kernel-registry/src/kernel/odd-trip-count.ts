import { corruptsOddTrips } from '../program/trip-counts.ts';
import type { LimitList } from './config-values.ts';

/**
 * Breaks `trip-count` where a loop whose buffers the compiler doubles runs an odd number of times above three:
 * published rows with such counts compile, run, and are wrong (dataflows.md, 1.3).
 */
export function limitTripCount(list: LimitList, trips: number, what: string): void {
  list.holds(
    'trip-count',
    !corruptsOddTrips(trips),
    trips,
    3,
    `${what} is an odd trip count of doubled buffers, which is silently wrong`,
  );
}
