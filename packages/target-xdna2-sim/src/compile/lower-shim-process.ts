import type { Step } from '../machine/machine.ts';
import type { Block, Port } from './process-instance.ts';

/** The part of a shim process that one DMA end executes: its transfers and the loops around them. */
export function lowerShimPort(
  block: Block,
  port: Port,
  argumentIndex: ReadonlyMap<string, number>,
  flow: number,
): Step[] {
  const steps: Step[] = [];
  for (const node of block.body) {
    if (node.kind === 'block') {
      const body = lowerShimPort(node, port, argumentIndex, flow);
      if (body.length > 0) steps.push({ kind: 'loop', variable: node.variable, extent: node.extent, body });
    } else if (node.kind === 'transfer' && node.port === port) {
      steps.push({
        kind: 'transfer',
        direction: node.direction,
        memory: { kind: 'argument', argument: argumentIndex.get(node.buffer) as number },
        access: node.access,
        elements: node.elements,
        flow,
      });
    }
  }
  return steps;
}
