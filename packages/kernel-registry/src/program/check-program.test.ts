import { affine, type CallStatement, type Launch, type Program, type TransferStatement } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { checkProgram } from './check-program.ts';
import { call, contiguous, get, loop, put, strided, sum, times } from './statements.ts';

/** Two cores add a broadcast row of 32 to three rows each. */
function rowAdder(): Program {
  const columns = [{ variable: 'x', extent: 2 }];
  const here = [times('x', 1)];
  const launch: Launch = {
    name: 'adder',
    grid: [{ variable: 'i', extent: 4 }],
    batchTiling: null,
    pingPong: 'none',
    stackBytes: 1024,
    channels: [
      { name: 'in', kind: 'stream', format: 'bf16', shape: [2], broadcast: null },
      { name: 'row', kind: 'stream', format: 'bf16', shape: [1], broadcast: [2] },
      { name: 'out', kind: 'stream', format: 'bf16', shape: [2], broadcast: null },
    ],
    shim: [
      {
        name: 'feed',
        parallel: columns,
        body: [put('in', here, 'a', contiguous(96, sum(times('i', 192), times('x', 96))))],
      },
      { name: 'feed-row', parallel: [], body: [put('row', [0], 'b', contiguous(32))] },
      {
        name: 'empty',
        parallel: columns,
        body: [get('out', here, 'c', contiguous(96, sum(times('i', 192), times('x', 96))))],
      },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: 2,
        rows: 1,
        at: null,
        buffers: ['a-l1', 'b-l1', 'c-l1'].map((name) => ({ name, format: 'bf16', elements: 32 })),
        body: [
          get('row', here, 'b-l1', contiguous(32)),
          loop(
            'r',
            3,
            get('in', here, 'a-l1', contiguous(32)),
            call('add-bf16', { a: 'a-l1', b: 'b-l1', c: 'c-l1' }, { n: 32 }),
            put('out', here, 'c-l1', contiguous(32)),
          ),
        ],
      },
    ],
  };
  return {
    specificationVersion: 'v1',
    name: 'adder',
    hostPath: 'xclbin',
    arguments: [
      { name: 'a', format: 'bf16', elements: 768, access: 'read' },
      { name: 'b', format: 'bf16', elements: 32, access: 'read' },
      { name: 'c', format: 'bf16', elements: 768, access: 'write' },
    ],
    launches: [launch],
  };
}

type Change = { readonly transfer?: Partial<TransferStatement>; readonly call?: Partial<CallStatement> };

/** The program with one kind of statement changed wherever it names the channel or microkernel. */
function changed(name: string, kind: 'put' | 'get' | 'call', change: Change): Program {
  const program = JSON.parse(JSON.stringify(rowAdder()), (_key, value) => {
    if (value?.kind === 'call' && kind === 'call') return { ...value, ...change.call };
    if (value?.kind === kind && value.channel === name) return { ...value, ...change.transfer };
    return value;
  });
  return program as Program;
}

function withLaunch(change: (launch: Launch) => Partial<Launch>): Program {
  const program = rowAdder();
  const [launch] = program.launches as [Launch];
  return { ...program, launches: [{ ...launch, ...change(launch) }] };
}

describe('checkProgram', () => {
  it('finds nothing wrong with a well-formed program', () => {
    expect(checkProgram(rowAdder())).toEqual([]);
  });

  const faulty: readonly (readonly [string, Program, RegExp])[] = [
    [
      'an argument too short',
      { ...rowAdder(), arguments: rowAdder().arguments.map((argument) => ({ ...argument, elements: 700 })) },
      /the put of a on in in feed reaches element 767 of 700/,
    ],
    [
      'a write to what is only read',
      { ...rowAdder(), arguments: rowAdder().arguments.map((argument) => ({ ...argument, access: 'read' })) },
      /needs to write an argument declared read/,
    ],
    [
      'elements that nobody takes',
      changed('row', 'put', { transfer: { access: contiguous(16) } }),
      /On row, 64 elements are put at \[0\] and 128 taken at \[1\]/,
    ],
    [
      'a core that is not fed',
      withLaunch(({ shim }) => ({
        shim: shim.map((process) => (process.name === 'feed' ? { ...process, parallel: [] } : process)),
      })),
      /variable x is not in scope for a put on in in process feed/,
    ],
    [
      'an index outside of a channel',
      changed('out', 'put', { transfer: { at: [affine(1, { x: 1 })] } }),
      /reaches index 2 of 2 on axis 0/,
    ],
    ['too few indices', changed('out', 'put', { transfer: { at: [] } }), /0 indices for a shape of 1 axes/],
    [
      'an unknown channel',
      changed('in', 'get', { transfer: { channel: 'other' } }),
      /channel other, which is not decl/,
    ],
    ['an unknown buffer', changed('in', 'get', { transfer: { buffer: 'a' } }), /buffer a, which is not declared/],
    [
      'a pattern that leaves its buffer',
      changed('in', 'get', { transfer: { access: strided([2, 16], [32, 1]) } }),
      /reaches element 47 of 32/,
    ],
    [
      'a launch iteration seen by a core',
      changed('in', 'get', { transfer: { access: contiguous(32, times('i', 1)) } }),
      /variable i is not in scope/,
    ],
    ['an unknown microkernel', changed('', 'call', { call: { microkernel: 'sub-bf16' } }), /no known microkernel/],
    [
      'a missing operand',
      changed('', 'call', { call: { operands: { a: { buffer: 'a-l1', offset: affine(0) } } } }),
      /add-bf16 in cores lacks the operand b/,
    ],
    [
      'a parameter too many',
      changed('', 'call', { call: { parameters: { n: affine(32), m: affine(1) } } }),
      /no parameter m/,
    ],
    ['a limit of a microkernel', changed('', 'call', { call: { parameters: { n: affine(24) } } }), /16 lanes/],
    [
      'an operand that leaves its buffer, in one iteration only',
      changed('', 'call', { call: { parameters: { n: affine(16, { r: 16 }) } } }),
      /a reaches element 47 of a-l1's 32/,
    ],
    [
      'a buffer of another format',
      withLaunch(({ herds }) => ({
        herds: herds.map((herd) => ({
          ...herd,
          buffers: herd.buffers.map((buffer) => ({ ...buffer, format: 'f32' as const })),
        })),
      })),
      /moves f32 over a channel of bf16/,
    ],
    [
      'a loop that hides a coordinate',
      withLaunch(({ herds }) => ({ herds: herds.map((herd) => ({ ...herd, body: [loop('x', 2, ...herd.body)] })) })),
      /loop inside one of the same name/,
    ],
    [
      'two arguments of one name',
      { ...rowAdder(), arguments: [...rowAdder().arguments, ...rowAdder().arguments] },
      /Two arg/,
    ],
    [
      'two launches of one name',
      { ...rowAdder(), launches: [...rowAdder().launches, ...rowAdder().launches] },
      /Two lau/,
    ],
  ];

  it.each(faulty)('finds %s', (_name, program, fault) => {
    expect(checkProgram(program).join('\n')).toMatch(fault);
  });
});
