import type { DeviceModel, Launch } from '@tilewright/spec';
import type { DmaChannel } from '../machine/machine.ts';
import { type Report, tileName } from './findings.ts';
import type { BufferUse } from './ownership.ts';
import type { Port, ProcessInstance } from './process-instance.ts';
import { holds } from './shim-tasks.ts';

/** Cores whose programs fall out of step with their DMA: they run, and compute on other data than was sent. */
export function foreseeOutOfStep(
  usesOf: ReadonlyMap<ProcessInstance, ReadonlyMap<string, BufferUse>>,
  report: Report,
): void {
  for (const [instance, uses] of usesOf) {
    const buffers = [...uses.values()].filter(({ outOfStep }) => outOfStep !== null);
    const [first] = buffers;
    if (first === undefined || first.outOfStep === null) continue;
    const { variable, trips } = first.outOfStep;
    const names = buffers.map(({ buffer }) => buffer.name).join(', ');
    report({
      code: 'odd-trip-count',
      resource: `ping-pong loop over ${variable} of ${instance.label}`,
      needed: trips,
      available: 3,
      unit: 'iterations',
      place: instance.tile,
      message:
        `The loop over ${variable} doubles ${names} and runs ${trips} times: what remains of it when it is unrolled ` +
        `by two has a third buffer, the DMA takes the three in turn and the core does not. The results are wrong ` +
        `without an error.`,
      cure: 'Choose steps so that the loop runs an even number of times or at most three, or leave out ping-pong in L1.',
    });
  }
}

/**
 * From which transfer of a batch on a channel's tasks are lost: its queue takes `maxTasksInFlight` and
 * an instruction stream that does not wait pushes all of them at once. Null where none is.
 */
export function lostTransfers(
  port: Port,
  tasks: number,
  launch: Launch,
  batchExtents: readonly number[],
  device: DeviceModel,
): DmaChannel['lostFrom'] {
  const { maxTasksInFlight } = device.dma;
  if (launch.taskIssue !== 'at-once' || tasks <= maxTasksInFlight) return null;
  const iterations = batchExtents.reduce((product, extent) => product * extent, 1);
  const perBatch = iterations * transfersOf(port.instance.root);
  return { transfer: Math.floor((perBatch * maxTasksInFlight) / tasks), perBatch };

  function transfersOf(block: ProcessInstance['root']): number {
    const each = block.body.map((node) => {
      if (node.kind === 'block') return holds(node, port) ? transfersOf(node) : 0;
      return node.kind === 'transfer' && node.port === port ? 1 : 0;
    });
    return block.extent * each.reduce((sum, count) => sum + count, 0);
  }
}

/** Shim channels that lose tasks: nobody ever finishes the batch. */
export function foreseeLostTasks(dmas: readonly DmaChannel[], device: DeviceModel, report: Report): void {
  for (const { tile, direction, channel, tasksPerBatch, lostFrom } of dmas) {
    if (lostFrom === null) continue;
    const { maxTasksInFlight } = device.dma;
    const name = `${direction} ${channel} of ${tileName(tile)}`;
    report({
      code: 'task-queue-overflow',
      resource: `task queue of ${name}`,
      needed: tasksPerBatch,
      available: maxTasksInFlight,
      unit: 'tasks in flight',
      place: tile,
      message:
        `${tasksPerBatch} tasks of a batch are pushed to ${name} at once; ${maxTasksInFlight} fit, the others are ` +
        `lost, and the run hangs.`,
      cure: 'Issue the tasks paced, in bursts of the queue depth, or use smaller batches.',
    });
  }
}
