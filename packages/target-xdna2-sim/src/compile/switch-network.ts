import type { DeviceModel, SwitchPorts } from '@tilewright/spec';
import { FIRST_CORE_ROW, MEMTILE_ROW, SHIM_ROW, type Tile } from '../machine/machine.ts';

/** The wires from one stream switch to a neighbour's. */
export interface Link {
  readonly from: number;
  readonly to: number;
  /** Parallel wires: as many as one side sends and the other takes. */
  readonly capacity: number;
}

/** All stream switches of the array and the links between them; tiles are numbered row by row. */
export interface SwitchNetwork {
  readonly tiles: readonly Tile[];
  readonly links: readonly Link[];
  /** Indices of the links that leave each tile. */
  readonly leaving: readonly (readonly number[])[];
  indexOf(tile: Tile): number;
}

/** Networks by device: every launch of a sweep asks for the same. */
const networks = new WeakMap<DeviceModel, SwitchNetwork>();

/**
 * The network of a device. A connection within a switch from any port to any other is taken
 * to be possible, so only the wires between switches are scarce [assumption: the few that AIE-ML
 * switches lack are left out].
 */
export function switchNetwork(device: DeviceModel): SwitchNetwork {
  let network = networks.get(device);
  if (network === undefined) {
    network = buildNetwork(device);
    networks.set(device, network);
  }
  return network;
}

function buildNetwork(device: DeviceModel): SwitchNetwork {
  const rows = FIRST_CORE_ROW + device.computeRows;
  const tiles: Tile[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < device.columns; column++) tiles.push({ column, row });
  }
  const indexOf = ({ column, row }: Tile): number => row * device.columns + column;
  const portsOf = ({ row }: Tile): SwitchPorts => {
    if (row === SHIM_ROW) return device.switchPorts.shim;
    return row === MEMTILE_ROW ? device.switchPorts.memtile : device.switchPorts.compute;
  };
  const links: Link[] = [];
  const leaving: number[][] = tiles.map(() => []);
  const connect = (from: Tile, to: Tile, out: keyof SwitchPorts, into: keyof SwitchPorts): void => {
    const capacity = Math.min(portsOf(from)[out].out, portsOf(to)[into].in);
    if (capacity === 0) return;
    (leaving[indexOf(from)] as number[]).push(links.length);
    links.push({ from: indexOf(from), to: indexOf(to), capacity });
  };
  for (const tile of tiles) {
    const { column, row } = tile;
    if (row + 1 < rows) connect(tile, { column, row: row + 1 }, 'north', 'south');
    if (row > 0) connect(tile, { column, row: row - 1 }, 'south', 'north');
    if (column + 1 < device.columns) connect(tile, { column: column + 1, row }, 'east', 'west');
    if (column > 0) connect(tile, { column: column - 1, row }, 'west', 'east');
  }
  return { tiles, links, leaving, indexOf };
}
