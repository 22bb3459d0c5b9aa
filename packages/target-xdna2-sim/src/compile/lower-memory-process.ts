import type { Step, Tile } from '../machine/machine.ts';
import type { BufferUse } from './ownership.ts';
import type { Block, Node, Port, ProcessInstance, Transfer } from './process-instance.ts';

/** Buffers and locks of the launch so far; the passes that make them hand out indices here. */
export interface MemoryTables {
  buffer(instance: ProcessInstance, name: string): number;
  lock(tile: Tile, name: string, initial: number): number;
  flow(port: Port): number;
}

export interface LoweredProcess {
  /** Steps of each DMA end, in the order of the instance's ports without cascades. */
  readonly dmas: ReadonlyMap<Port, readonly Step[]>;
  /** Steps of the core; empty for a memtile process, which has none. */
  readonly core: readonly Step[];
}

/** `core` is the process itself, on a core. */
type Actor = Port | 'core';

interface LockPair {
  readonly writer: Actor;
  readonly reader: Actor;
  readonly free: number;
  readonly filled: number;
}

/**
 * Turns ownership into locks. For every pair of one that writes a buffer and one that reads it there
 * is a lock `free` (units: copies that may be written) and a lock `filled`. Where core and ring are out
 * of step, which copy holds what depends on how far the DMA runs ahead; one unit decides the race: it
 * moves a block when the core asks for it. Per epoch the writer
 * takes one `free` of each of its readers before and the reader gives it back after. Between a core
 * and a DMA end `filled` counts transfers, each waited for where the process names it; between two
 * DMA ends it counts epochs.
 */
export function lowerMemoryProcess(
  instance: ProcessInstance,
  uses: ReadonlyMap<string, BufferUse>,
  tables: MemoryTables,
): LoweredProcess {
  const tile = instance.tile as Tile;
  const hasCore = instance.level === 'core';
  const pairs = new Map<string, readonly LockPair[]>();
  for (const [name, use] of uses) {
    const writers: Actor[] = [...use.gets];
    const readers: Actor[] = [...use.puts];
    if (hasCore && use.puts.length > 0) writers.push('core');
    if (hasCore && use.gets.length > 0) readers.push('core');
    const found: LockPair[] = [];
    for (const writer of writers) {
      for (const reader of readers) {
        if (writer === 'core' && reader === 'core') continue;
        const who = `${actorName(writer)}→${actorName(reader)}`;
        const label = hasCore ? name : `${instance.label}.${name}`;
        found.push({
          writer,
          reader,
          free: tables.lock(tile, `${label}.free ${who}`, use.outOfStep === null ? use.copies : 1),
          filled: tables.lock(tile, `${label}.filled ${who}`, 0),
        });
      }
    }
    pairs.set(name, found);
  }
  const pairsOf = (buffer: string): readonly LockPair[] => pairs.get(buffer) ?? [];

  const dmas = new Map<Port, readonly Step[]>();
  for (const port of instance.ports) {
    if (port.stream.channel.kind === 'cascade') continue;
    dmas.set(port, dmaSteps(instance.root, port));
  }
  return { dmas, core: hasCore ? coreSteps(instance.root) : [] };

  function transferStep(transfer: Transfer): Step {
    return {
      kind: 'transfer',
      direction: transfer.direction,
      memory: { kind: 'buffer', buffer: tables.buffer(instance, transfer.buffer) },
      access: transfer.access,
      elements: transfer.elements,
      flow: tables.flow(transfer.port),
    };
  }

  /** The part of a block that one DMA end executes, with its locks. */
  function dmaSteps(block: Block, port: Port): Step[] {
    const span = new Map<string, { first: number; last: number }>();
    for (const [position, node] of block.body.entries()) {
      for (const name of buffersOf(node, port)) {
        if (!(uses.get(name) as BufferUse).epochs.has(block)) continue;
        span.set(name, { first: span.get(name)?.first ?? position, last: position });
      }
    }
    const steps: Step[] = [];
    for (const [position, node] of block.body.entries()) {
      for (const [name, { first }] of span) {
        if (first !== position) continue;
        for (const pair of pairsOf(name)) {
          if (pair.writer === port) steps.push(acquire(pair.free));
          if (pair.reader === port && pair.writer !== 'core') steps.push(acquire(pair.filled));
        }
      }
      if (node.kind === 'block') {
        const body = dmaSteps(node, port);
        if (body.length > 0) steps.push({ kind: 'loop', variable: node.variable, extent: node.extent, body });
      } else if (node.kind === 'transfer' && node.port === port) {
        for (const pair of pairsOf(node.buffer)) {
          if (pair.reader === port && pair.writer === 'core') steps.push(acquire(pair.filled));
        }
        steps.push(transferStep(node));
        for (const pair of pairsOf(node.buffer)) {
          if (pair.writer === port && pair.reader === 'core') steps.push(release(pair.filled));
        }
      }
      for (const [name, { last }] of span) {
        if (last !== position) continue;
        for (const pair of pairsOf(name)) {
          if (pair.reader === port) steps.push(release(pair.free));
          if (pair.writer === port && pair.reader !== 'core') steps.push(release(pair.filled));
        }
        const use = uses.get(name) as BufferUse;
        if (use.copies > 1) steps.push({ kind: 'advance', buffer: tables.buffer(instance, name) });
      }
    }
    return steps;
  }

  function coreSteps(block: Block): Step[] {
    const steps: Step[] = [];
    const here = [...uses.values()].filter(({ epochs }) => epochs.has(block));
    for (const { buffer, outOfStep } of here) {
      if (outOfStep !== null) {
        steps.push({ kind: 'select', buffer: tables.buffer(instance, buffer.name), loop: outOfStep });
      }
      for (const pair of pairsOf(buffer.name)) if (pair.writer === 'core') steps.push(acquire(pair.free));
    }
    for (const node of block.body) {
      if (node.kind === 'block') {
        const body = coreSteps(node);
        if (body.length > 0) steps.push({ kind: 'loop', variable: node.variable, extent: node.extent, body });
      } else if (node.kind === 'call') {
        const operands = Object.fromEntries(
          Object.entries(node.operands).map(([name, { buffer, offset }]) => [
            name,
            { buffer: tables.buffer(instance, buffer), offset },
          ]),
        );
        steps.push({ kind: 'call', microkernel: node.microkernel, operands, parameters: node.parameters });
      } else if (node.port.stream.channel.kind === 'cascade') {
        steps.push(transferStep(node));
      } else {
        for (const pair of pairsOf(node.buffer)) {
          if (pair.writer === node.port && pair.reader === 'core') steps.push(acquire(pair.filled));
          if (pair.reader === node.port && pair.writer === 'core') steps.push(release(pair.filled));
        }
      }
    }
    for (const { buffer, copies, outOfStep } of here) {
      for (const pair of pairsOf(buffer.name)) if (pair.reader === 'core') steps.push(release(pair.free));
      if (copies > 1 && outOfStep === null) {
        steps.push({ kind: 'advance', buffer: tables.buffer(instance, buffer.name) });
      }
    }
    return steps;
  }
}

function actorName(actor: Actor): string {
  if (actor === 'core') return 'core';
  return `${actor.direction === 'put' ? 'MM2S' : 'S2MM'} ${actor.channel}`;
}

function acquire(lock: number): Step {
  return { kind: 'acquire', lock, count: 1 };
}

function release(lock: number): Step {
  return { kind: 'release', lock, count: 1 };
}

/** Buffers that a DMA end moves somewhere in a node. */
function buffersOf(node: Node, port: Port): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (inner: Node): void => {
    if (inner.kind === 'block') for (const child of inner.body) walk(child);
    else if (inner.kind === 'transfer' && inner.port === port) names.add(inner.buffer);
  };
  walk(node);
  return names;
}
