import type { Timing } from '@tilewright/spec';
import { formatFigure } from '../terminal/quantities.ts';

/** Behind a figure in time: an estimate is never called a measurement. */
export function timingWord(timing: Timing['kind']): string {
  return timing === 'estimate' ? 'estimate' : 'measurement';
}

/** A correlation or cosine: near 1 what matters is the distance to it, so two digits of that. */
export function formatNearOne(value: number): string {
  const distance = 1 - value;
  if (!Number.isFinite(value) || distance <= 0 || distance > 0.1) return formatFinite(value);
  return value.toFixed(Math.min(10, 1 - Math.floor(Math.log10(distance))));
}

export function formatFinite(value: number): string {
  return Number.isFinite(value) ? formatFigure(value) : 'not finite';
}

/** `sha256:e3dabaea5816…`, long enough to tell digests apart by eye; other values as they are. */
export function shortDigest(value: string): string {
  return value.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1…');
}

/** `2026-11-21 12:50 UTC`; text that is no date as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
