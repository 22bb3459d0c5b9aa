import type { DeviceModel } from '@tilewright/spec';
import type { Hop, Tile } from '../machine/machine.ts';
import { type Report, tileName } from './findings.ts';
import { type SwitchNetwork, switchNetwork } from './switch-network.ts';

/** What has to be connected: one tile to one or more others. */
export interface Connection {
  readonly name: string;
  readonly source: Tile;
  readonly destinations: readonly Tile[];
}

/** Rounds of ripping up and routing anew before it is given up. */
const MAX_ROUNDS = 40;

/**
 * Routes every connection as a multicast tree over the switches, each link carrying no more
 * connections than it has wires. Negotiated congestion (McMurchie and Ebeling, "PathFinder", 1995):
 * all are routed along shortest paths, then again with links dearer the more they were overused,
 * until none is. What stays overused is reported as `routing-congested`.
 */
export function routeFlows(
  connections: readonly Connection[],
  device: DeviceModel,
  report: Report,
): { readonly routes: readonly (readonly Hop[])[]; readonly busiest: { used: number; capacity: number } } {
  const network = switchNetwork(device);
  const count = network.links.length;
  const history = new Float64Array(count);
  const users: Set<number>[] = Array.from({ length: count }, () => new Set());
  const trees: (readonly number[])[] = connections.map(() => []);
  let pending = connections.map((_, index) => index);

  for (let round = 0; round < MAX_ROUNDS && pending.length > 0; round++) {
    const pressure = 0.5 * 1.6 ** round;
    for (const index of pending) {
      for (const link of trees[index] as readonly number[]) (users[link] as Set<number>).delete(index);
      const cost = (link: number): number => {
        const over = (users[link] as Set<number>).size + 1 - (network.links[link] as { capacity: number }).capacity;
        return (1 + (history[link] as number)) * (over > 0 ? 1 + over * pressure : 1);
      };
      const tree = growTree(network, connections[index] as Connection, cost);
      for (const link of tree) (users[link] as Set<number>).add(index);
      trees[index] = tree;
    }
    const again = new Set<number>();
    for (let link = 0; link < count; link++) {
      const using = users[link] as Set<number>;
      const over = using.size - (network.links[link] as { capacity: number }).capacity;
      if (over <= 0) continue;
      history[link] = (history[link] as number) + over;
      for (const index of using) again.add(index);
    }
    pending = [...again].sort((a, b) => a - b);
  }

  reportOveruse(network, users, connections, report);
  return { routes: numberWires(network, trees), busiest: busiestLink(network, users) };
}

/** Connects the destinations one after another, nearest first, to the tree so far. */
function growTree(network: SwitchNetwork, connection: Connection, cost: (link: number) => number): readonly number[] {
  const size = network.tiles.length;
  const inTree = new Uint8Array(size);
  const tree: number[] = [];
  inTree[network.indexOf(connection.source)] = 1;
  const open = new Set(connection.destinations.map((tile) => network.indexOf(tile)));
  for (let tile = 0; tile < size; tile++) if (inTree[tile] === 1) open.delete(tile);
  const distance = new Float64Array(size);
  const arrivedBy = new Int32Array(size);
  const settled = new Uint8Array(size);
  while (open.size > 0) {
    distance.fill(Number.POSITIVE_INFINITY);
    arrivedBy.fill(-1);
    settled.fill(0);
    for (let tile = 0; tile < size; tile++) if (inTree[tile] === 1) distance[tile] = 0;
    let reached = -1;
    while (reached < 0) {
      let nearest = -1;
      for (let tile = 0; tile < size; tile++) {
        if (settled[tile] === 0 && (nearest < 0 || (distance[tile] as number) < (distance[nearest] as number))) {
          nearest = tile;
        }
      }
      if (nearest < 0 || distance[nearest] === Number.POSITIVE_INFINITY) return tree;
      settled[nearest] = 1;
      if (open.has(nearest)) {
        reached = nearest;
        break;
      }
      for (const link of network.leaving[nearest] as readonly number[]) {
        const { to } = network.links[link] as { to: number };
        const length = (distance[nearest] as number) + cost(link);
        if (length < (distance[to] as number)) {
          distance[to] = length;
          arrivedBy[to] = link;
        }
      }
    }
    open.delete(reached);
    for (let tile = reached; inTree[tile] === 0; ) {
      inTree[tile] = 1;
      open.delete(tile);
      const link = arrivedBy[tile] as number;
      tree.push(link);
      tile = (network.links[link] as { from: number }).from;
    }
  }
  return tree;
}

/** Which of a link's wires each connection has, in the order of the connections. */
function numberWires(network: SwitchNetwork, trees: readonly (readonly number[])[]): readonly (readonly Hop[])[] {
  const taken = new Int32Array(network.links.length);
  return trees.map((tree) =>
    tree.map((index) => {
      const link = network.links[index] as { from: number; to: number };
      const port = taken[index] as number;
      taken[index] = port + 1;
      return { from: network.tiles[link.from] as Tile, to: network.tiles[link.to] as Tile, port };
    }),
  );
}

function busiestLink(
  network: SwitchNetwork,
  users: readonly ReadonlySet<number>[],
): { used: number; capacity: number } {
  let busiest = { used: 0, capacity: 1 };
  for (const [index, { capacity }] of network.links.entries()) {
    const used = (users[index] as ReadonlySet<number>).size;
    if (used / capacity > busiest.used / busiest.capacity) busiest = { used, capacity };
  }
  return busiest.used === 0 ? { used: 0, capacity: network.links[0]?.capacity ?? 0 } : busiest;
}

function reportOveruse(
  network: SwitchNetwork,
  users: readonly ReadonlySet<number>[],
  connections: readonly Connection[],
  report: Report,
): void {
  for (const [index, link] of network.links.entries()) {
    const using = users[index] as ReadonlySet<number>;
    if (using.size <= link.capacity) continue;
    const from = network.tiles[link.from] as Tile;
    const to = network.tiles[link.to] as Tile;
    const names = [...using].map((connection) => (connections[connection] as Connection).name).join(', ');
    report({
      code: 'routing-congested',
      resource: `stream switch wires from ${tileName(from)} to ${tileName(to)}`,
      needed: using.size,
      available: link.capacity,
      unit: 'wires',
      place: from,
      message: `Column ${from.column}: ${using.size} streams want the ${link.capacity} wires from ${tileName(from)} to ${tileName(to)}: ${names}.`,
      cure: 'Spread the producers over other columns, broadcast instead of sending copies, or use fewer streams.',
    });
  }
}
