import { type Affine, type Launch, MICROKERNELS, type Program, type Statement } from '@tilewright/spec';
import { type ProcessView, processesOf } from './instances.ts';

/** Every name that a launch uses and nobody declared, or that is declared twice. */
export function checkScopes(program: Program, launch: Launch): readonly string[] {
  const faults: string[] = [];
  unique(
    'channel',
    launch.channels.map(({ name }) => name),
    faults,
  );
  const grid = launch.grid.map(({ variable }) => variable);
  for (const process of processesOf(launch)) {
    const coordinates = process.coordinates.map(({ variable }) => variable);
    // Only the shim, and the parameters of calls, see the launch's iterations.
    const addresses = [...(process.kind === 'shim' ? grid : []), ...coordinates];
    const buffers = buffersOf(program, launch, process);
    unique(`buffer of ${process.name}`, buffers, faults);
    unique(`variable of ${process.name}`, [...grid, ...coordinates], faults);
    checkBody(process.body, {
      process,
      channels: launch.channels.map(({ name }) => name),
      buffers,
      grid,
      coordinates,
      addresses,
      faults,
    });
  }
  return faults;
}

interface Scope {
  readonly process: ProcessView;
  readonly channels: readonly string[];
  readonly buffers: readonly string[];
  readonly grid: readonly string[];
  readonly coordinates: readonly string[];
  /** Variables that addresses may use. */
  readonly addresses: readonly string[];
  readonly faults: string[];
}

/** The buffers that a process may name: the program's arguments at the shim, its own elsewhere. */
export function buffersOf(program: Program, launch: Launch, process: ProcessView): readonly string[] {
  if (process.kind === 'shim') return program.arguments.map(({ name }) => name);
  const owners = process.kind === 'memtile' ? launch.memtile : launch.herds;
  return owners.find(({ name }) => name === process.name)?.buffers.map(({ name }) => name) ?? [];
}

function checkBody(body: readonly Statement[], scope: Scope): void {
  const { process, faults } = scope;
  const here = `process ${process.name}`;
  for (const statement of body) {
    if (statement.kind === 'for') {
      const { variable } = statement;
      if (scope.addresses.includes(variable) || scope.grid.includes(variable)) {
        faults.push(`${here} uses the variable ${variable} for a loop inside one of the same name.`);
      }
      checkBody(statement.body, { ...scope, addresses: [...scope.addresses, variable] });
    } else if (statement.kind === 'if') {
      bound(statement.value, scope.coordinates, `a condition of ${here}`, faults);
      checkBody(statement.body, scope);
    } else if (statement.kind === 'call') {
      if (process.kind !== 'herd') faults.push(`${here} calls ${statement.microkernel}; only cores compute.`);
      if (!MICROKERNELS.has(statement.microkernel)) {
        faults.push(`${here} calls ${statement.microkernel}, which is no known microkernel.`);
      }
      for (const [name, operand] of Object.entries(statement.operands)) {
        known('buffer', operand.buffer, scope.buffers, here, faults);
        bound(operand.offset, scope.addresses, `operand ${name} of ${statement.microkernel} in ${here}`, faults);
      }
      for (const [name, value] of Object.entries(statement.parameters)) {
        const where = `parameter ${name} of ${statement.microkernel} in ${here}`;
        bound(value, [...scope.addresses, ...scope.grid], where, faults);
      }
    } else {
      known('channel', statement.channel, scope.channels, here, faults);
      known('buffer', statement.buffer, scope.buffers, here, faults);
      for (const expression of [...statement.at, statement.access.offset]) {
        bound(expression, scope.addresses, `a ${statement.kind} on ${statement.channel} in ${here}`, faults);
      }
    }
  }
}

function known(what: string, name: string, names: readonly string[], here: string, faults: string[]): void {
  if (!names.includes(name)) faults.push(`${here} names the ${what} ${name}, which is not declared.`);
}

function bound(expression: Affine, variables: readonly string[], where: string, faults: string[]): void {
  for (const variable of Object.keys(expression.coefficients)) {
    if (!variables.includes(variable)) faults.push(`The variable ${variable} is not in scope for ${where}.`);
  }
}

function unique(what: string, names: readonly string[], faults: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) faults.push(`Two times ${what} is named ${twice}.`);
}
