import { type Affine, type Statement, TilewrightError, type TransferStatement } from '@tilewright/spec';
import { bindCall, type Microkernels, type OperandSource } from '../execution/bound-call.ts';
import { bindAffine, type Scope } from '../execution/register-affine.ts';
import { wordPattern } from '../execution/word-pattern.ts';
import type { ChannelStreams } from './channel-streams.ts';
import type { Operation, Process, ProcessBuffer, TaskQueue } from './process.ts';

/** One instance of a shim process, memtile process or core, before its statements are bound. */
export interface Instance {
  readonly name: string;
  readonly place: 'shim' | 'memtile' | 'core';
  /** Parallel variables or herd coordinates. */
  readonly coordinates: ReadonlyMap<string, number>;
  readonly buffers: ReadonlyMap<string, ProcessBuffer>;
  /** L1 storage for calls; empty outside cores. */
  readonly storage: ReadonlyMap<string, OperandSource>;
  readonly body: readonly Statement[];
  /** Of a shim process: from which transfer of a batch on a stream's tasks are lost; null where none is. */
  lostFrom(direction: 'put' | 'get', stream: string): TaskQueue['lostFrom'] | null;
}

/** Turns an instance's statements into operations over registers, with every name resolved. */
export function bindProcess(
  instance: Instance,
  grid: readonly string[],
  channels: ReadonlyMap<string, ChannelStreams>,
  microkernels: Microkernels,
): Process {
  const operations: Operation[] = [{ code: 'grid' }];
  const queues = new Map<string, TaskQueue>();
  const outOfStep = [...instance.buffers.values()].flatMap((buffer) => buffer.outOfStep ?? []);
  let registerCount = grid.length;
  const gridRegisters = new Map(grid.map((variable, index) => [variable, index]));

  const bindBlock = (
    body: readonly Statement[],
    loops: ReadonlyMap<string, number>,
    held: ReadonlySet<string>,
  ): void => {
    const claimed = claimedBuffers(body, held, instance);
    const inside = new Set([...held, ...claimed.map(({ name }) => name)]);
    if (claimed.length > 0) operations.push({ code: 'claim', buffers: claimed });
    for (const statement of body) bindStatement(statement, loops, inside);
  };

  const bindStatement = (statement: Statement, loops: ReadonlyMap<string, number>, held: ReadonlySet<string>): void => {
    // Grid variables are for the shim's patterns and for call parameters; nothing else sees them.
    const scope: Scope = {
      fixed: instance.coordinates,
      registers: instance.place === 'shim' ? new Map([...gridRegisters, ...loops]) : loops,
    };
    switch (statement.kind) {
      case 'for': {
        if (statement.extent <= 0) return;
        const register = registerCount++;
        operations.push({ code: 'loop', register });
        const start = operations.length;
        const buffers = outOfStep.filter(({ loop }) => loop.variable === statement.variable);
        if (buffers.length > 0) operations.push({ code: 'select', register, buffers });
        bindBlock(statement.body, new Map([...loops, [statement.variable, register]]), held);
        operations.push({ code: 'next', register, extent: statement.extent, start });
        return;
      }
      case 'if': {
        const value = constantValue(statement.value, scope, `if in ${instance.name}`);
        if (statement.is === 'zero' ? value === 0 : value > 0) bindBlock(statement.body, loops, held);
        return;
      }
      case 'call': {
        const place = `${statement.microkernel} in ${instance.name}`;
        const operands = Object.entries(statement.operands).map(([name, operand]) => ({
          name,
          source: named(instance.storage, operand.buffer, place),
          offset: bindAffine(operand.offset, scope, place),
        }));
        const everything: Scope = { fixed: instance.coordinates, registers: new Map([...gridRegisters, ...loops]) };
        const call = bindCall(statement, operands, microkernels, everything, place);
        operations.push({ code: 'call', call });
        return;
      }
      default:
        operations.push(bindTransfer(statement, scope));
    }
  };

  const bindTransfer = (statement: TransferStatement, scope: Scope): Operation => {
    const text = `${statement.kind} ${statement.channel} in ${instance.name}`;
    const channel = named(channels, statement.channel, text);
    const buffer = named(instance.buffers, statement.buffer, text);
    const at = statement.at.map((index) => constantValue(index, scope, `${text}, whose channel index`));
    const pattern = wordPattern(statement.access, channel.format, text);
    const offset = bindAffine(statement.access.offset, scope, text);
    const common = { buffer, offset, pattern, byCore: channel.kind === 'cascade', text };
    if (statement.kind === 'put') {
      const stream = channel.write(at, instance, text);
      return { code: 'put', stream, ...common, queue: queueOf('put', stream.name) };
    }
    const allowance = instance.place === 'shim' ? null : { buffer, words: pattern.words };
    const { stream, reader } = channel.read(at, instance, allowance, text);
    return { code: 'get', stream, reader, ...common, queue: queueOf('get', stream.name) };
  };

  /** One queue per channel, so one per stream and direction. */
  const queueOf = (direction: 'put' | 'get', stream: string): TaskQueue | null => {
    const lostFrom = instance.lostFrom(direction, stream);
    if (lostFrom === null) return null;
    const key = `${direction} ${stream}`;
    const queue = queues.get(key) ?? { lostFrom, transfers: 0 };
    queues.set(key, queue);
    return queue;
  };

  bindBlock(instance.body, new Map(), new Set());
  operations.push({ code: 'again' });
  return {
    name: instance.name,
    operations,
    registers: new Int32Array(registerCount),
    queues: [...queues.values()],
    at: 0,
    iteration: 0,
    moved: 0,
    waitsOn: null,
    done: false,
    queued: false,
  };
}

/** Buffers that a block transfers and that no block around it holds already. */
function claimedBuffers(body: readonly Statement[], held: ReadonlySet<string>, instance: Instance): ProcessBuffer[] {
  if (instance.place === 'shim') return [];
  const names = new Set<string>();
  const collect = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'if') collect(statement.body);
      else if ((statement.kind === 'get' || statement.kind === 'put') && !held.has(statement.buffer)) {
        names.add(statement.buffer);
      }
    }
  };
  collect(body);
  return [...names].map((name) => named(instance.buffers, name, instance.name));
}

/** The value of an expression that must not depend on loops or the grid. */
function constantValue(expression: Affine, scope: Scope, place: string): number {
  const bound = bindAffine(expression, scope, place);
  if (bound.registers.length > 0) {
    throw new TilewrightError(
      'program-invalid',
      `${place} depends on a loop or grid variable.`,
      'Let it depend on coordinates and parallel variables only.',
      { field: place },
    );
  }
  return bound.constant;
}

function named<T>(known: ReadonlyMap<string, T>, name: string, place: string): T {
  const value = known.get(name);
  if (value === undefined) {
    throw new TilewrightError(
      'program-invalid',
      `${place} names ${name}, which is not declared.`,
      `Declare it, or use one of: ${[...known.keys()].join(', ') || 'none'}.`,
      { field: place, got: name },
    );
  }
  return value;
}
