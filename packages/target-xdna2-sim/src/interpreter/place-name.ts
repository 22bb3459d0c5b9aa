import { MEMTILE_ROW, SHIM_ROW, type Tile } from '../machine/machine.ts';

/** What people call a tile: `shim 4`, `memtile 1`, `core (2, 3)`. */
export function placeName(tile: Tile): string {
  if (tile.row === SHIM_ROW) return `shim ${tile.column}`;
  if (tile.row === MEMTILE_ROW) return `memtile ${tile.column}`;
  return `core (${tile.column}, ${tile.row})`;
}
