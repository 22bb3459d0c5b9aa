import type { DeviceModel, Herd, Launch } from '@tilewright/spec';
import { FIRST_CORE_ROW } from '../machine/machine.ts';
import type { Report } from './findings.ts';

/** Where a herd's lowest, leftmost core stands. */
export type HerdPlaces = ReadonlyMap<Herd, { readonly column: number; readonly row: number }>;

/**
 * Pinned herds first; the others from column 0 in the lowest core row on, first place that is free.
 * Herds that do not fit the array are reported and left out.
 */
export function placeHerds(launch: Launch, device: DeviceModel, report: Report): HerdPlaces {
  const places = new Map<Herd, { column: number; row: number }>();
  const taken = new Map<string, Herd>();
  const lastRow = FIRST_CORE_ROW + device.computeRows - 1;
  const inside = (herd: Herd, column: number, row: number): boolean =>
    column >= 0 && row >= FIRST_CORE_ROW && column + herd.columns <= device.columns && row + herd.rows - 1 <= lastRow;
  const occupants = (herd: Herd, column: number, row: number): Set<Herd> => {
    const found = new Set<Herd>();
    for (let x = 0; x < herd.columns; x++) {
      for (let y = 0; y < herd.rows; y++) {
        const other = taken.get(`${column + x},${row + y}`);
        if (other !== undefined) found.add(other);
      }
    }
    return found;
  };
  const settle = (herd: Herd, column: number, row: number): void => {
    places.set(herd, { column, row });
    for (let x = 0; x < herd.columns; x++) {
      for (let y = 0; y < herd.rows; y++) taken.set(`${column + x},${row + y}`, herd);
    }
  };
  const outside = (herd: Herd, message: string): void => {
    const tooWide = herd.columns > device.columns;
    report({
      code: 'herd-out-of-array',
      resource: tooWide || herd.rows <= device.computeRows ? 'columns of the array' : 'compute rows of the array',
      needed: tooWide
        ? herd.columns
        : herd.rows > device.computeRows
          ? herd.rows
          : (herd.at?.column ?? 0) + herd.columns,
      available: tooWide || herd.rows <= device.computeRows ? device.columns : device.computeRows,
      unit: tooWide || herd.rows <= device.computeRows ? 'columns' : 'rows',
      place: herd.at,
      message,
      cure: `Use at most ${device.columns} columns and ${device.computeRows} rows (${FIRST_CORE_ROW} to ${lastRow}).`,
    });
  };

  for (const herd of launch.herds) {
    if (herd.at === null) continue;
    const { column, row } = herd.at;
    if (!inside(herd, column, row)) {
      outside(herd, `Herd ${herd.name}, ${herd.columns} by ${herd.rows} at (${column}, ${row}), leaves the array.`);
      continue;
    }
    const others = occupants(herd, column, row);
    for (const other of others)
      overlap(`Herds ${herd.name} and ${other.name} want the same cores.`, 2, 1, 'herds', herd);
    if (others.size === 0) settle(herd, column, row);
  }
  for (const herd of launch.herds) {
    if (herd.at !== null) continue;
    if (herd.columns > device.columns || herd.rows > device.computeRows) {
      outside(herd, `Herd ${herd.name} is ${herd.columns} by ${herd.rows} and larger than the array.`);
      continue;
    }
    const free = firstFree(herd);
    if (free !== null) {
      settle(herd, free.column, free.row);
      continue;
    }
    const wanted = taken.size + herd.columns * herd.rows;
    const message = `Herd ${herd.name} finds no free ${herd.columns} by ${herd.rows} cores beside the others.`;
    overlap(message, wanted, device.columns * device.computeRows, 'compute tiles', herd);
  }
  return places;

  function overlap(message: string, needed: number, available: number, unit: string, herd: Herd): void {
    report({
      code: 'herds-overlap',
      resource: 'compute tiles',
      needed,
      available,
      unit,
      place: herd.at,
      message,
      cure: 'Place herds side by side, make them smaller, or merge their bodies into one herd.',
    });
  }

  function firstFree(herd: Herd): { column: number; row: number } | null {
    for (let column = 0; column + herd.columns <= device.columns; column++) {
      for (let row = FIRST_CORE_ROW; row + herd.rows - 1 <= lastRow; row++) {
        if (occupants(herd, column, row).size === 0) return { column, row };
      }
    }
    return null;
  }
}
