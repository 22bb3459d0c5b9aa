import { type Channel, evaluateAffine, type Launch, type TransferStatement } from '@tilewright/spec';
import { iterations, occurrences, points, processesOf, transferElements, varyingLoops } from './instances.ts';

/** Elements put and taken per index of a channel over a whole launch. */
interface Traffic {
  readonly put: Map<string, number>;
  readonly taken: Map<string, number>;
}

/** Streams of a launch on which not as many elements are put as every receiver takes. */
export function checkTraffic(launch: Launch): readonly string[] {
  const traffic = new Map<string, Traffic>(
    launch.channels.map(({ name }) => [name, { put: new Map(), taken: new Map() }]),
  );
  for (const process of processesOf(launch)) {
    for (const { statement, coordinates, loops } of occurrences(process)) {
      if (statement.kind === 'call') continue;
      const around = [...launch.grid, ...loops];
      const varying = varyingLoops(statement.at, around);
      const each = transferElements(statement) * iterations(around.filter((loop) => !varying.includes(loop)));
      const entry = traffic.get(statement.channel) as Traffic;
      for (const point of points(varying)) {
        const index = indexOf(statement, { ...coordinates, ...point });
        const side = statement.kind === 'put' ? entry.put : entry.taken;
        side.set(index, (side.get(index) ?? 0) + each);
      }
    }
  }
  return launch.channels.flatMap((channel) => channelFaults(channel, traffic.get(channel.name) as Traffic));
}

function indexOf(statement: TransferStatement, environment: Readonly<Record<string, number>>): string {
  return statement.at.map((index) => evaluateAffine(index, environment)).join(', ');
}

function channelFaults(channel: Channel, { put, taken }: Traffic): readonly string[] {
  const faults: string[] = [];
  const receivers = channel.broadcast ?? channel.shape;
  for (const point of points(receivers.map((extent, axis) => ({ variable: String(axis), extent })))) {
    const receiver = receivers.map((_, axis) => point[String(axis)] as number);
    const sender = sourceOf(channel, receiver).join(', ');
    const sent = put.get(sender) ?? 0;
    const got = taken.get(receiver.join(', ')) ?? 0;
    if (sent !== got) {
      faults.push(
        `On ${channel.name}, ${sent} elements are put at [${sender}] and ${got} taken at [${receiver.join(', ')}].`,
      );
    }
  }
  return faults;
}

/** The stream that reaches a receiver: an axis that the broadcast stretches has the one index 0. */
function sourceOf(channel: Channel, receiver: readonly number[]): readonly number[] {
  if (channel.broadcast === null) return receiver;
  if (channel.shape.length === receiver.length) {
    return channel.shape.map((extent, axis) => (extent === 1 ? 0 : (receiver[axis] as number)));
  }
  return channel.shape.map(() => 0);
}
