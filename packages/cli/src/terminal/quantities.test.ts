import { describe, expect, it } from 'vitest';
import { formatBytes, formatElapsed, formatFigure, formatUs } from './quantities.ts';

describe('quantities', () => {
  it.each([
    [0.5, '0.500 µs'],
    [84.24, '84.2 µs'],
    [999.4, '999 µs'],
    [1270, '1.27 ms'],
    [1_270_000, '1.27 s'],
  ])('shows %d µs as %s', (us, text) => expect(formatUs(us)).toBe(text));

  it.each([
    [340, '340 ms'],
    [12_340, '12.3 s'],
    [125_000, '2 min 5 s'],
    [119_900, '2 min 0 s'],
  ])('shows %d ms of waiting as %s', (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));

  it.each([
    [512, '512 B'],
    [1536, '1.50 KiB'],
    [2.31 * 1024 ** 3, '2.31 GiB'],
  ])('shows %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0'],
    [0.0093, '9.3e-3'],
    [0.024372, '0.0244'],
    [Number.NaN, 'NaN'],
  ])('shows the figure %d as %s', (value, text) => expect(formatFigure(value)).toBe(text));
});
