/** A time in the unit in which it reads best, three significant digits: `84.2 µs`, `1.27 s`. */
export function formatUs(us: number): string {
  if (us < 1e3) return `${digits(us)} µs`;
  if (us < 1e6) return `${digits(us / 1e3)} ms`;
  return `${digits(us / 1e6)} s`;
}

/** Wall-clock time for people: `340 ms`, `12.3 s`, `2 min 5 s`. */
export function formatElapsed(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Bytes with binary prefixes: `512 B`, `1.50 KiB`, `2.31 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? String(value) : digits(value)} ${units[unit]}`;
}

/** A whole number with separators: `128,256`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A small or large figure of a comparison: `9.3e-3`, `0.0244`, `0`. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1e5) return String(Number(value.toPrecision(3)));
  return value.toExponential(1);
}

/** A share as percent, one decimal: `12.3 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Three significant digits, without an exponent. */
export function digits(value: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return decimals === 0 ? formatCount(Math.round(value)) : value.toFixed(Math.min(decimals, 6));
}
