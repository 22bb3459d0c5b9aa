import {
  type AccessPattern,
  type Affine,
  type Buffer,
  BYTES_PER_ELEMENT,
  type Channel,
  type Launch,
  type Loop,
  type MicrokernelSignature,
  type Program,
  type Statement,
  type StorageFormat,
} from '@tilewright/spec';
import { malformed, type Report } from './findings.ts';

/** Deeper nests than this are not programs that anyone wrote. */
const MAX_NESTING = 32;
/** Instances of one process, and streams of one channel; more could never get a DMA channel each. */
const MAX_INSTANCES = 4096;

/**
 * Structure before resources: names exist and are unique, variables are in scope, sizes are whole
 * numbers, formats agree. Later passes rely on it. Returns whether all is well.
 */
export function checkLaunch(
  program: Program,
  launch: Launch,
  microkernels: ReadonlyMap<string, MicrokernelSignature>,
  report: Report,
): boolean {
  let sound = true;
  const fault = (where: string, message: string, cure: string): void => {
    sound = false;
    report(malformed(where, message, cure));
  };
  const unique = (where: string, kind: string, names: readonly string[]): void => {
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) fault(where, `two ${kind} are called ${name}.`, `Give each of the ${kind} its own name.`);
      seen.add(name);
    }
  };

  const at = `launch ${launch.name}`;
  unique(
    at,
    'channels',
    launch.channels.map(({ name }) => name),
  );
  unique(
    at,
    'processes',
    [...launch.shim, ...launch.memtile, ...launch.herds].map(({ name }) => name),
  );
  unique(
    `program ${program.name}`,
    'arguments',
    program.arguments.map(({ name }) => name),
  );
  for (const argument of program.arguments) {
    if (!isCount(argument.elements)) fault(`argument ${argument.name}`, 'its length is not a whole number.', 'Fix it.');
    checkFormat(argument.format, `argument ${argument.name}`);
  }
  if (!isCount(launch.stackBytes)) fault(at, 'the stack is not a whole number of bytes.', 'Give the stack in bytes.');
  if (launch.batchTiling !== null) {
    const wrong =
      launch.batchTiling.length !== launch.grid.length || launch.batchTiling.some((tile) => !isCount(tile) || tile < 1);
    if (wrong) fault(at, 'batchTiling needs one positive number per grid axis.', 'Give one per axis, or null.');
  }
  const channels = new Map(launch.channels.map((channel) => [channel.name, channel]));
  for (const channel of launch.channels) checkChannel(channel);
  const grid = checkLoops(at, launch.grid, new Set());

  for (const process of launch.shim) {
    const where = `shim process ${process.name}`;
    const outer = checkLoops(where, process.parallel, grid);
    const conditions = new Set([...outer].filter((name) => !grid.has(name)));
    const buffers: Buffer[] = program.arguments.map(({ name, format, elements }) => ({ name, format, elements }));
    checkBody(process.body, { where, level: 'shim', buffers: byName(buffers), conditions, grid }, outer, 0);
  }
  for (const process of launch.memtile) {
    const where = `memtile process ${process.name}`;
    const outer = checkLoops(where, process.parallel, new Set());
    checkBuffers(where, process.buffers);
    if (process.column !== null) checkAffine(where, 'column', process.column, outer);
    const scope = { where, level: 'memtile', buffers: byName(process.buffers), conditions: outer, grid } as const;
    checkBody(process.body, scope, outer, 0);
  }
  for (const herd of launch.herds) {
    const where = `herd ${herd.name}`;
    const outer = new Set(['x', 'y']);
    if (!isCount(herd.columns) || !isCount(herd.rows) || herd.columns < 1 || herd.rows < 1) {
      fault(where, `it is ${herd.columns} by ${herd.rows}.`, 'Give it at least one column and one row.');
    }
    if (herd.at !== null && !(Number.isInteger(herd.at.column) && Number.isInteger(herd.at.row))) {
      fault(where, 'its place is not a tile.', 'Give whole numbers for column and row.');
    }
    checkBuffers(where, herd.buffers);
    checkBody(herd.body, { where, level: 'core', buffers: byName(herd.buffers), conditions: outer, grid }, outer, 0);
  }
  return sound;

  function checkFormat(format: StorageFormat, where: string): void {
    if (!(format in BYTES_PER_ELEMENT))
      fault(where, `${format} is not a storage format.`, 'Use bf16, f16, f32 or i32.');
  }

  function checkChannel(channel: Channel): void {
    const where = `channel ${channel.name}`;
    checkFormat(channel.format, where);
    if (channel.kind !== 'stream' && channel.kind !== 'cascade') {
      fault(where, `${String(channel.kind)} is not a kind of channel.`, 'Use stream or cascade.');
    }
    const shapes = [channel.shape, channel.broadcast ?? []];
    if (shapes.flat().some((extent) => !isCount(extent) || extent < 1)) {
      fault(where, 'its shape has an extent that is not a positive whole number.', 'Fix the shape.');
      return;
    }
    const ends = Math.max(...shapes.map((shape) => shape.reduce((product, extent) => product * extent, 1)));
    if (ends > MAX_INSTANCES) {
      fault(where, `its shape has ${ends} places.`, `Stay below ${MAX_INSTANCES}: each is a stream of its own.`);
    }
  }

  function checkLoops(where: string, loops: readonly Loop[], outer: ReadonlySet<string>): Set<string> {
    const scope = new Set(outer);
    let instances = 1;
    for (const { variable, extent } of loops) {
      if (scope.has(variable)) fault(where, `${variable} is declared twice.`, 'Rename one of the variables.');
      scope.add(variable);
      if (!isCount(extent) || extent < 1) {
        fault(where, `${variable} runs over ${extent} values.`, 'Give every axis a positive whole extent.');
      } else instances *= extent;
    }
    if (loops !== launch.grid && instances > MAX_INSTANCES) {
      fault(where, `it has ${instances} instances.`, `Stay below ${MAX_INSTANCES}; use loops instead.`);
    }
    return scope;
  }

  function checkBuffers(where: string, buffers: readonly Buffer[]): void {
    unique(
      where,
      'buffers',
      buffers.map(({ name }) => name),
    );
    for (const buffer of buffers) {
      checkFormat(buffer.format, `${where}, buffer ${buffer.name}`);
      if (!isCount(buffer.elements) || buffer.elements < 1) {
        fault(`${where}, buffer ${buffer.name}`, `it has ${buffer.elements} elements.`, 'Give it a positive length.');
      }
    }
  }

  /** Places and conditions are whole; parameters may be real (a scale, an epsilon) but must be finite. */
  function checkAffine(
    where: string,
    what: string,
    expression: Affine,
    scope: ReadonlySet<string>,
    isNumber: (value: number) => boolean = Number.isSafeInteger,
  ): void {
    if (!isNumber(expression.constant)) {
      fault(where, `${what} has the constant ${expression.constant}.`, 'Use a whole number.');
    }
    for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
      if (!isNumber(coefficient)) {
        fault(where, `${what} multiplies ${variable} by ${coefficient}.`, 'Use a whole number.');
      }
      if (!scope.has(variable)) {
        fault(
          where,
          `${what} uses ${variable}, which is not in scope here.`,
          'Use loop variables and coordinates only.',
        );
      }
    }
  }

  function checkAccess(where: string, access: AccessPattern, scope: ReadonlySet<string>): void {
    checkAffine(where, 'the offset', access.offset, scope);
    if (access.sizes.length !== access.strides.length || access.sizes.length === 0) {
      fault(where, 'sizes and strides differ in number.', 'Give one stride per size, and at least one of each.');
    }
    if (access.sizes.some((size) => !isCount(size) || size < 1)) {
      fault(where, `its sizes are [${access.sizes.join(', ')}].`, 'Give positive whole sizes.');
    }
    if (access.strides.some((stride) => !Number.isSafeInteger(stride))) {
      fault(where, `its strides are [${access.strides.join(', ')}].`, 'Give whole strides.');
    }
  }

  function checkBody(body: readonly Statement[], process: Scope, scope: ReadonlySet<string>, depth: number): void {
    const { where } = process;
    if (depth > MAX_NESTING) {
      fault(where, `its loops are nested more than ${MAX_NESTING} deep.`, 'Flatten the nest.');
      return;
    }
    for (const statement of body) {
      if (statement.kind === 'for') {
        const { variable, extent } = statement;
        if (scope.has(variable)) fault(where, `${variable} is declared twice.`, 'Rename one of the variables.');
        if (!isCount(extent)) fault(where, `the loop over ${variable} has extent ${extent}.`, 'Use a whole number.');
        checkBody(statement.body, process, new Set([...scope, variable]), depth + 1);
      } else if (statement.kind === 'if') {
        checkAffine(where, 'a condition', statement.value, process.conditions);
        checkBody(statement.body, process, scope, depth + 1);
      } else if (statement.kind === 'call') {
        checkCall(statement, process, scope);
      } else if (statement.kind === 'get' || statement.kind === 'put') {
        const here = `${where}, ${statement.kind} ${statement.channel}`;
        const channel = channels.get(statement.channel);
        const buffer = process.buffers.get(statement.buffer);
        if (channel === undefined) fault(here, 'there is no such channel.', 'Declare the channel in the launch.');
        if (buffer === undefined) {
          const kind = process.level === 'shim' ? 'argument' : 'buffer';
          fault(here, `there is no ${kind} ${statement.buffer}.`, `Declare the ${kind} or name another.`);
        }
        if (channel !== undefined && buffer !== undefined && channel.format !== buffer.format) {
          fault(
            here,
            `the channel carries ${channel.format} and ${statement.buffer} holds ${buffer.format}.`,
            'A DMA never converts: convert in a core.',
          );
        }
        for (const index of statement.at) checkAffine(here, 'the index', index, without(scope, process.grid));
        checkAccess(here, statement.access, process.level === 'shim' ? scope : without(scope, process.grid));
      } else {
        fault(where, `${String((statement as { kind: unknown }).kind)} is not a statement.`, 'Remove it.');
      }
    }
  }

  function checkCall(statement: Statement & { kind: 'call' }, process: Scope, scope: ReadonlySet<string>): void {
    const where = `${process.where}, call ${statement.microkernel}`;
    if (process.level !== 'core') fault(where, 'only cores compute.', 'Move the call to a herd.');
    const parameterScope = new Set([...scope, ...process.grid]);
    for (const [name, value] of Object.entries(statement.parameters)) {
      checkAffine(where, `parameter ${name}`, value, parameterScope, Number.isFinite);
    }
    for (const [name, operand] of Object.entries(statement.operands)) {
      checkAffine(where, `the offset of ${name}`, operand.offset, scope);
      if (!process.buffers.has(operand.buffer)) {
        fault(where, `there is no buffer ${operand.buffer}.`, 'Declare the buffer or name another.');
      }
    }
    const signature = microkernels.get(statement.microkernel);
    if (signature === undefined) return;
    for (const { name, format } of signature.operands) {
      const operand = statement.operands[name];
      if (operand === undefined) {
        fault(where, `operand ${name} is missing.`, 'Give every operand of the microkernel.');
        continue;
      }
      const buffer = process.buffers.get(operand.buffer);
      if (buffer !== undefined && buffer.format !== format) {
        fault(
          where,
          `${name} takes ${format} and ${operand.buffer} holds ${buffer.format}.`,
          'Use the format it takes.',
        );
      }
    }
    for (const name of Object.keys(statement.operands)) {
      if (!signature.operands.some((operand) => operand.name === name)) {
        fault(where, `it has no operand ${name}.`, 'Remove the operand.');
      }
    }
    for (const name of signature.parameters) {
      if (statement.parameters[name] === undefined) {
        fault(where, `parameter ${name} is missing.`, 'Give every parameter of the microkernel.');
      }
    }
  }
}

interface Scope {
  readonly where: string;
  readonly level: 'shim' | 'memtile' | 'core';
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** What conditions may name: coordinates and parallel variables. */
  readonly conditions: ReadonlySet<string>;
  readonly grid: ReadonlySet<string>;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function byName(buffers: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  return new Map(buffers.map((buffer) => [buffer.name, buffer]));
}

function without(scope: ReadonlySet<string>, removed: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...scope].filter((name) => !removed.has(name)));
}
