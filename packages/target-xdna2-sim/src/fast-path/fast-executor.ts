import type { MatrixEngine, Program } from '@tilewright/spec';
import type { Microkernels } from '../execution/bound-call.ts';
import { type Executor, sequence } from '../execution/executor.ts';
import { liftedExecutor } from '../lifted/lifted-executor.ts';
import { traceLaunch } from '../lifted/trace-launch.ts';
import type { Machine, MachineLaunch } from '../machine/machine.ts';
import type { IterationWorkers } from '../parallel/iteration-workers.ts';
import { launchNetwork } from './launch-network.ts';

/**
 * Executes a program from its declared meaning: sequential processes that meet in channels, without
 * DMA channels, locks or routes. Bits are those of the literal interpreter. What differs is only how
 * far a producer may run ahead before it waits: here every buffer counts as doubled where the launch
 * allows doubling, a consumer's free copies count as free while it still holds one, and streams do
 * not share DMA channels. So a program that this finds stuck is stuck on the machine too; one that
 * gets stuck there only because two flows share a channel or a buffer is single may pass here.
 * `machine` says where cores are out of step with their DMA and where tasks are lost; without it none is.
 * `workers` share the iterations of long launches; bits do not depend on them.
 */
export function fastExecutor(
  dispatch: string,
  program: Program,
  microkernels: Microkernels,
  machine: Machine | null = null,
  engine: MatrixEngine | null = null,
  workers: IterationWorkers | null = null,
): Executor {
  return sequence(
    program.launches.map((launch, index) => {
      const compiled = machine?.launches[index] ?? null;
      const network = (): Executor => launchNetwork(dispatch, program, launch, microkernels, compiled);
      const lifted = compiled !== null && goesWrong(compiled) ? null : traceLaunch(program, launch, microkernels);
      return lifted === null ? network() : liftedExecutor(lifted, program, index, engine, workers, network);
    }),
  );
}

/** Whether the compiler knows of buffers out of step or of lost tasks: such launches are run step by step. */
function goesWrong({ buffers, dmas }: MachineLaunch): boolean {
  return buffers.some(({ unrolled }) => unrolled !== null) || dmas.some(({ lostFrom }) => lostFrom !== null);
}
