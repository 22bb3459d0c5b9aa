import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import type { Hop, Tile } from '../machine/machine.ts';
import type { Finding } from './findings.ts';
import { type Connection, routeFlows } from './route-flows.ts';
import { switchNetwork } from './switch-network.ts';

const tile = (column: number, row: number): Tile => ({ column, row });
const key = ({ column, row }: Tile): string => `${column},${row}`;

function route(connections: readonly Connection[]): { routes: readonly (readonly Hop[])[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const { routes } = routeFlows(connections, XDNA2, (finding) => findings.push(finding));
  return { routes, findings };
}

function reached(source: Tile, hops: readonly Hop[]): ReadonlySet<string> {
  const seen = new Set([key(source)]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { from, to } of hops) {
      if (!seen.has(key(from)) || seen.has(key(to))) continue;
      seen.add(key(to));
      grew = true;
    }
  }
  return seen;
}

describe('routeFlows', () => {
  it('goes straight where nothing is in the way', () => {
    const { routes } = route([{ name: 'a', source: tile(3, 0), destinations: [tile(3, 4)] }]);
    expect(routes[0]).toHaveLength(4);
  });

  it('shares the wires of a broadcast', () => {
    const cores = [2, 3, 4, 5].map((row) => tile(0, row));
    const { routes } = route([{ name: 'a', source: tile(0, 1), destinations: cores }]);
    expect(routes[0]).toHaveLength(4);
  });

  it('never goes east or west through a memtile', () => {
    const { routes } = route([{ name: 'a', source: tile(0, 1), destinations: [tile(7, 1)] }]);
    for (const hop of routes[0] as readonly Hop[]) {
      expect(hop.from.row === 1 && hop.to.row === 1).toBe(false);
    }
  });

  it('goes around a column whose wires are taken', () => {
    const connections = Array.from({ length: 6 }, (_, i) => ({
      name: `c${i}`,
      source: tile(0, 2 + (i % 4)),
      destinations: [tile(0, 1)],
    }));
    const { routes, findings } = route(connections);
    expect(findings).toEqual([]);
    expect(routes.filter((hops) => hops.some(({ to }) => to.column === 1)).length).toBeGreaterThan(0);
  });

  it('says which column is congested and by which streams', () => {
    const connections = Array.from({ length: 12 }, (_, i) => ({
      name: `c${i}`,
      source: tile(i % 8, 2),
      destinations: [tile(0, 1)],
    }));
    const { findings } = route(connections);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding).toMatchObject({ code: 'routing-congested', unit: 'wires' });
      expect(finding.needed).toBeGreaterThan(finding.available);
      expect(finding.message).toMatch(/^Column \d: \d+ streams want .*c\d+/);
    }
  });

  it('connects every destination and keeps to the wires, or reports it', () => {
    const network = switchNetwork(XDNA2);
    const anyTile = fc.record({ column: fc.integer({ min: 0, max: 7 }), row: fc.integer({ min: 0, max: 5 }) });
    const connection = fc.record({
      name: fc.constant('s'),
      source: anyTile,
      destinations: fc.array(anyTile, { minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(connection, { maxLength: 40 }), (connections) => {
        const { routes, findings } = route(connections);
        const used = new Map<string, number>();
        for (const [index, hops] of routes.entries()) {
          const { source, destinations } = connections[index] as Connection;
          const seen = reached(source, hops);
          for (const destination of destinations) expect(seen.has(key(destination))).toBe(true);
          for (const { from, to, port } of hops) {
            const link = `${key(from)}>${key(to)}`;
            used.set(link, (used.get(link) ?? 0) + 1);
            if (findings.length > 0) continue;
            const capacity = network.links.find(
              (candidate) => candidate.from === network.indexOf(from) && candidate.to === network.indexOf(to),
            )?.capacity;
            expect(port).toBeLessThan(capacity as number);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
