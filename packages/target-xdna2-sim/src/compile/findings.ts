import type { Diagnostic } from '@tilewright/spec';
import type { Tile } from '../machine/machine.ts';

/** A broken limit before it is known which dispatch and launch it belongs to. */
export type Finding = Omit<Diagnostic, 'dispatch' | 'launch'>;

/** Passes report every limit they find broken and go on. */
export type Report = (finding: Finding) => void;

/** A finding that a Program makes no sense in some place; what is missing is one definition. */
export function malformed(where: string, message: string, cure: string, place: Tile | null = null): Finding {
  return {
    code: 'program-malformed',
    resource: where,
    needed: 1,
    available: 0,
    unit: 'definition',
    place,
    message: `${where}: ${message}`,
    cure,
  };
}

/** `core (3, 2)`, `memtile 3`, `shim 3`: a tile as people write it. */
export function tileName(tile: Tile): string {
  if (tile.row === 0) return `shim ${tile.column}`;
  if (tile.row === 1) return `memtile ${tile.column}`;
  return `core (${tile.column}, ${tile.row})`;
}

/**
 * The same limit broken alike on many tiles is one finding about the first of them: 32 cores run
 * one program, and nobody reads 32 equal lines.
 */
export function mergeAlike(findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, { finding: Finding; count: number }>();
  for (const finding of findings) {
    const isText = finding.place === null && finding.code === 'program-malformed';
    const kind = isText ? finding.resource : finding.resource.replace(/\d+/g, '#');
    const what = isText ? finding.message : finding.message.replace(/\d+/g, '#');
    const key = `${finding.code}|${kind}|${finding.needed}|${finding.available}|${what}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { finding, count: 1 });
    else group.count++;
  }
  return [...groups.values()].map(({ finding, count }) =>
    count === 1 ? finding : { ...finding, message: `${finding.message} (and ${count - 1} more alike)` },
  );
}
