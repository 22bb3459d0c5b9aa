import type { Report } from './findings.ts';
import type { Port, ProcessInstance, Stream } from './process-instance.ts';

/** A cascade runs from a core to the core south of it; each core has one end of each kind. */
export function checkCascades(streams: readonly Stream[], cores: readonly ProcessInstance[], report: Report): void {
  for (const { name, channel, producer, consumers } of streams) {
    if (channel.kind !== 'cascade') continue;
    const ends = [...(producer === null ? [] : [producer]), ...consumers];
    const outside = ends.find(({ instance }) => instance.level !== 'core');
    if (outside !== undefined) {
      fault(outside, name, `${outside.instance.label} is no core and has no cascade port.`);
      continue;
    }
    const from = producer?.instance.tile;
    for (const consumer of consumers) {
      const to = consumer.instance.tile;
      if (from === undefined || from === null || to === null) continue;
      if (to.column === from.column && to.row === from.row - 1) continue;
      const way = `(${from.column}, ${from.row}) to (${to.column}, ${to.row})`;
      fault(consumer, name, `It would run from ${way}; a cascade reaches only the core south of it.`);
    }
  }
  for (const core of cores) {
    for (const direction of ['put', 'get'] as const) {
      const ports = core.ports.filter((port) => port.direction === direction && port.stream.channel.kind === 'cascade');
      if (ports.length <= 1) continue;
      const names = ports.map(({ index }) => index).join(' and ');
      fault(ports[0] as Port, names, `${core.label} ${direction}s ${names} and has one cascade port.`, ports.length, 1);
    }
  }

  function fault(port: Port, name: string, message: string, needed = 1, available = 0): void {
    report({
      code: 'cascade-invalid',
      resource: `cascade ${name}`,
      needed,
      available,
      unit: 'cascade ports',
      place: port.instance.tile,
      message,
      cure: 'Cascade from each row of a herd to the row below (y to y − 1), one cascade per core; use a stream otherwise.',
    });
  }
}
