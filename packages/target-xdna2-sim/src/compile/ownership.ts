import type { Buffer, Launch } from '@tilewright/spec';
import type { UnrolledLoop } from '../machine/machine.ts';
import { ringKeepsStep, unrolledCopies } from '../machine/unrolled-loop.ts';
import { malformed, type Report } from './findings.ts';
import { type Block, type Port, type ProcessInstance, type Transfer, transfersOf } from './process-instance.ts';

/**
 * How a buffer of a core or memtile goes round between DMA and process. In each execution of an
 * epoch, one of `epochs` (blocks of the instance), it is filled and emptied once; a ping-pong
 * buffer goes on to its other copy there.
 */
export interface BufferUse {
  readonly buffer: Buffer;
  readonly copies: 1 | 2 | 3;
  /** Of a core: the doubled loop in which its program and the ring of its DMA fall out of step; else null. */
  readonly outOfStep: UnrolledLoop | null;
  /** Empty for a buffer without DMA transfers. */
  readonly epochs: ReadonlySet<Block>;
  /** DMA ends that fill it and that empty it. */
  readonly gets: readonly Port[];
  readonly puts: readonly Port[];
}

interface Access {
  readonly transfer: Transfer;
  readonly blocks: readonly Block[];
}

/**
 * Finds the epochs of an instance's buffers from the rule in spec: a get hands the buffer over
 * until its block ends, a put claims it from where its block starts. Where both are in different
 * blocks, the epoch is the block that holds them all.
 */
export function bufferUses(
  instance: ProcessInstance,
  pingPong: Launch['pingPong'],
  report: Report,
): ReadonlyMap<string, BufferUse> {
  const accesses = new Map<string, Access[]>();
  for (const { transfer, blocks } of transfersOf(instance.root)) {
    if (transfer.port.stream.channel.kind === 'cascade') continue;
    const list = accesses.get(transfer.buffer) ?? [];
    list.push({ transfer, blocks });
    accesses.set(transfer.buffer, list);
  }
  const parents = parentsOf(instance.root);
  const epochs = new Map<string, Set<Block>>();
  for (const [name, list] of accesses) epochs.set(name, epochsOf(instance, name, list, report));

  const level = instance.level === 'core' ? 'L1' : 'L2';
  const allowed = pingPong === level || pingPong === 'L1-and-L2';
  const candidates = new Map<string, Block>();
  for (const [name, blocks] of epochs) {
    const loop = blocks.size === 1 ? repeatedBy(blocks.values().next().value as Block, parents) : null;
    if (loop !== null) candidates.set(name, loop);
  }
  const loops = new Set(candidates.values());
  const isInnermost = (loop: Block): boolean => {
    for (const other of loops) {
      for (let outer = parents.get(other) ?? null; outer !== null; outer = parents.get(outer) ?? null) {
        if (outer === loop) return false;
      }
    }
    return true;
  };

  const uses = new Map<string, BufferUse>();
  for (const buffer of instance.buffers) {
    const list = accesses.get(buffer.name) ?? [];
    const loop = candidates.get(buffer.name);
    const doubled = allowed && loop !== undefined && isInnermost(loop) ? loop : null;
    // Between two DMAs both rings have the same order, whatever the trip count.
    const hasProgram = instance.level === 'core';
    uses.set(buffer.name, {
      buffer,
      copies: doubled === null ? 1 : hasProgram ? unrolledCopies(doubled.extent) : 2,
      outOfStep:
        doubled !== null && hasProgram && !ringKeepsStep(doubled.extent)
          ? { variable: doubled.variable, trips: doubled.extent }
          : null,
      epochs: epochs.get(buffer.name) ?? new Set(),
      gets: portsOf(list, 'get'),
      puts: portsOf(list, 'put'),
    });
  }
  if (instance.level === 'core') checkTouches(instance, uses, report);
  return uses;
}

function portsOf(list: readonly Access[], direction: 'put' | 'get'): readonly Port[] {
  return [
    ...new Set(list.filter(({ transfer }) => transfer.direction === direction).map(({ transfer }) => transfer.port)),
  ];
}

function parentsOf(root: Block): ReadonlyMap<Block, Block | null> {
  const parents = new Map<Block, Block | null>([[root, null]]);
  const walk = (block: Block): void => {
    for (const node of block.body) {
      if (node.kind !== 'block') continue;
      parents.set(node, block);
      walk(node);
    }
  };
  walk(root);
  return parents;
}

/** The loop of extent > 1 that repeats a block; a loop of trip count 1 disappears. Null at the top. */
function repeatedBy(block: Block, parents: ReadonlyMap<Block, Block | null>): Block | null {
  let loop: Block | null = block;
  while (loop !== null && loop.extent === 1) loop = parents.get(loop) ?? null;
  return loop;
}

function epochsOf(instance: ProcessInstance, name: string, list: readonly Access[], report: Report): Set<Block> {
  const direct = new Set(list.map(({ blocks }) => blocks.at(-1) as Block));
  const outermost = new Map<Block, Access[]>();
  for (const access of list) {
    const block = access.blocks.find((candidate) => direct.has(candidate)) as Block;
    outermost.set(block, [...(outermost.get(block) ?? []), access]);
  }
  const gets = portsOf(list, 'get');
  const puts = portsOf(list, 'put');
  const oneSided = gets.length === 0 || puts.length === 0;
  if (instance.level === 'core' && oneSided && outermost.size < direct.size) {
    report(
      malformed(
        `${instance.label}, buffer ${name}`,
        'an inner block transfers it while an outer block still owns it.',
        'Move the outer transfer into a block of its own, or use two buffers.',
        instance.tile,
      ),
    );
  }
  const complete = [...outermost.values()].every(
    (accesses) => portsOf(accesses, 'get').length === gets.length && portsOf(accesses, 'put').length === puts.length,
  );
  if (complete) return new Set(outermost.keys());
  if (oneSided) {
    report(
      malformed(
        `${instance.label}, buffer ${name}`,
        'different channels take turns on it in different blocks.',
        'Give each channel a buffer of its own.',
        instance.tile,
      ),
    );
  }
  return new Set([commonBlock(list)]);
}

function commonBlock(list: readonly Access[]): Block {
  const [first, ...rest] = list as [Access, ...Access[]];
  let depth = first.blocks.length;
  for (const { blocks } of rest) {
    let same = 0;
    while (same < depth && blocks[same] === first.blocks[same]) same++;
    depth = same;
  }
  return first.blocks[depth - 1] as Block;
}

/** A core may only touch a buffer while it owns it; otherwise the DMA races with it. */
function checkTouches(instance: ProcessInstance, uses: ReadonlyMap<string, BufferUse>, report: Report): void {
  const owned = new Set<string>();
  const touched = new Set<string>();
  const fault = (buffer: string, message: string, cure: string): void =>
    report(malformed(`${instance.label}, buffer ${buffer}`, message, cure, instance.tile));
  const touch = (buffer: string, claimed: ReadonlySet<string>, what: string): void => {
    const use = uses.get(buffer) as BufferUse;
    touched.add(buffer);
    const isOwned =
      use.gets.length > 0 && use.puts.length > 0
        ? owned.has(buffer) || claimed.has(buffer)
        : (use.gets.length === 0 || owned.has(buffer)) && (use.puts.length === 0 || claimed.has(buffer));
    if (isOwned) return;
    fault(
      buffer,
      `${what} touches it while it belongs to the DMA.`,
      'Touch it between its get and the end of that block, or in the block of its put and before it.',
    );
  };
  const walk = (block: Block, outer: ReadonlySet<string>): void => {
    const got = new Set<string>();
    const lastPut = new Map<string, number>();
    for (const [position, node] of block.body.entries()) {
      if (node.kind === 'transfer' && node.direction === 'put') lastPut.set(node.buffer, position);
    }
    for (const [position, node] of block.body.entries()) {
      const claimed = new Set(outer);
      for (const [buffer, last] of lastPut) if (position < last) claimed.add(buffer);
      if (node.kind === 'block') walk(node, claimed);
      else if (node.kind === 'call') {
        for (const { buffer } of Object.values(node.operands)) touch(buffer, claimed, node.microkernel);
      } else if (node.port.stream.channel.kind === 'cascade') {
        touch(node.buffer, claimed, `the cascade ${node.port.index}`);
      } else if (node.direction === 'get') {
        if (got.has(node.buffer) && touched.has(node.buffer)) {
          fault(node.buffer, 'it is filled again before its block has ended.', 'Put each get in a block of its own.');
        }
        if (!owned.has(node.buffer)) got.add(node.buffer);
        owned.add(node.buffer);
        touched.delete(node.buffer);
      }
    }
    for (const buffer of got) owned.delete(buffer);
  };
  walk(instance.root, new Set());
}
