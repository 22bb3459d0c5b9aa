import type { Buffer, Channel, Launch, Program, ProgramArgument, TransferStatement } from '@tilewright/spec';
import { affineRange, type Occurrence, type ProcessView } from './instances.ts';

/** Formats, index, rights and bounds of one transfer. Names are resolved already. */
export function checkTransfer(
  program: Program,
  launch: Launch,
  { process, statement, coordinates, loops }: Occurrence<TransferStatement>,
): readonly string[] {
  const faults: string[] = [];
  const channel = launch.channels.find(({ name }) => name === statement.channel) as Channel;
  const memory = memoryOf(program, launch, process, statement.buffer);
  const around = process.kind === 'shim' ? [...launch.grid, ...loops] : loops;
  const what = `the ${statement.kind} of ${statement.buffer} on ${channel.name} in ${process.name}`;

  if (memory.format !== channel.format) {
    faults.push(`${what} moves ${memory.format} over a channel of ${channel.format}.`);
  }
  if ('access' in memory) {
    const right = statement.kind === 'put' ? 'read' : 'write';
    if (memory.access !== right && memory.access !== 'read-write') {
      faults.push(`${what} needs to ${right} an argument declared ${memory.access}.`);
    }
  }
  const shape = statement.kind === 'get' ? (channel.broadcast ?? channel.shape) : channel.shape;
  if (statement.at.length !== shape.length) {
    faults.push(`${what} has ${statement.at.length} indices for a shape of ${shape.length} axes.`);
  }
  statement.at.forEach((index, axis) => {
    const { least, greatest } = affineRange(index, coordinates, around);
    const extent = shape[axis] ?? 0;
    if (least < 0 || greatest >= extent) {
      faults.push(`${what} reaches index ${least < 0 ? least : greatest} of ${extent} on axis ${axis}.`);
    }
  });
  const { offset, sizes, strides } = statement.access;
  if (sizes.length !== strides.length) {
    faults.push(`${what} has ${sizes.length} sizes and ${strides.length} strides.`);
  }
  let { least, greatest } = affineRange(offset, coordinates, around);
  sizes.forEach((size, dimension) => {
    const reach = (size - 1) * (strides[dimension] ?? 0);
    least += Math.min(0, reach);
    greatest += Math.max(0, reach);
  });
  if (least < 0 || greatest >= memory.elements) {
    const worst = least < 0 ? least : greatest;
    faults.push(`${what} reaches element ${worst} of ${memory.elements}.`);
  }
  return faults;
}

function memoryOf(program: Program, launch: Launch, process: ProcessView, name: string): Buffer | ProgramArgument {
  if (process.kind === 'shim') {
    return program.arguments.find((argument) => argument.name === name) as ProgramArgument;
  }
  const owners = process.kind === 'memtile' ? launch.memtile : launch.herds;
  const owner = owners.find((candidate) => candidate.name === process.name);
  return owner?.buffers.find((buffer) => buffer.name === name) as Buffer;
}
