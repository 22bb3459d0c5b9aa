import type { AccessPattern, Affine, Buffer, Channel } from '@tilewright/spec';
import type { Tile } from '../machine/machine.ts';

/**
 * One process at one place: coordinates and parallel variables are numbers, conditions are decided,
 * and transfers know which stream they are of.
 */
export interface ProcessInstance {
  readonly level: 'shim' | 'memtile' | 'core';
  /** `a_in[2]`, `gemm core (2, 3)`. */
  readonly label: string;
  /** The herd or process it is an instance of. */
  readonly process: string;
  readonly x: number;
  readonly y: number;
  /** Where it runs; null while the compiler still has to choose. */
  tile: Tile | null;
  readonly buffers: readonly Buffer[];
  readonly root: Block;
  /** One per stream end that the instance holds, in order of first use. */
  readonly ports: Port[];
}

export type Node = Block | Transfer | Call;

/** A loop, or with extent 1 a plain block. The root of an instance is a block. */
export interface Block {
  readonly kind: 'block';
  readonly variable: string;
  readonly extent: number;
  readonly body: readonly Node[];
}

export interface Transfer {
  readonly kind: 'transfer';
  readonly direction: 'put' | 'get';
  readonly port: Port;
  readonly buffer: string;
  readonly access: AccessPattern;
  readonly elements: number;
}

export interface Call {
  readonly kind: 'call';
  readonly microkernel: string;
  readonly operands: Readonly<Record<string, { readonly buffer: string; readonly offset: Affine }>>;
  readonly parameters: Readonly<Record<string, Affine>>;
}

/** One end of a stream at one instance: a DMA channel, or a cascade port. */
export interface Port {
  readonly instance: ProcessInstance;
  readonly direction: 'put' | 'get';
  readonly stream: Stream;
  /** The index it names, which for a get of a broadcast is the consumer's own. */
  readonly index: string;
  /** Assigned by the channel passes; −1 before. At the shim the column is chosen with it. */
  channel: number;
  tile: Tile | null;
}

/** One stream of a channel bundle. */
export interface Stream {
  readonly name: string;
  readonly channel: Channel;
  producer: Port | null;
  readonly consumers: Port[];
}

/** Transfers of an instance in program order with the blocks around them, outermost first. */
export function transfersOf(
  root: Block,
): readonly { readonly transfer: Transfer; readonly blocks: readonly Block[] }[] {
  const found: { transfer: Transfer; blocks: readonly Block[] }[] = [];
  eachNode(root, [], (node, blocks) => {
    if (node.kind === 'transfer') found.push({ transfer: node, blocks });
  });
  return found;
}

/** Calls of an instance in program order with the blocks around them, outermost first. */
export function callsOf(root: Block): readonly { readonly call: Call; readonly blocks: readonly Block[] }[] {
  const found: { call: Call; blocks: readonly Block[] }[] = [];
  eachNode(root, [], (node, blocks) => {
    if (node.kind === 'call') found.push({ call: node, blocks });
  });
  return found;
}

function eachNode(
  block: Block,
  outer: readonly Block[],
  visit: (node: Transfer | Call, blocks: readonly Block[]) => void,
): void {
  const blocks = [...outer, block];
  for (const node of block.body) {
    if (node.kind === 'block') eachNode(node, blocks, visit);
    else visit(node, blocks);
  }
}
