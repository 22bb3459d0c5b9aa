import type { DeployedModel } from '@tilewright/spec';
import { notANumber } from './not-a-number.ts';
import { scaledOutput } from './scaled-output.ts';
import { shiftedRope } from './shifted-rope.ts';
import { shortenedSequence } from './shortened-sequence.ts';
import { skippedLayer } from './skipped-layer.ts';
import { staleTile } from './stale-tile.ts';
import { swappedHeads } from './swapped-heads.ts';

export interface Mutant {
  readonly name: string;
  readonly of: (deployed: DeployedModel) => DeployedModel;
}

/** What every gate that compares numbers must reject. The model needs two layers and two heads. */
export const MUTANTS: readonly Mutant[] = [
  { name: 'output scaled by two', of: (deployed) => scaledOutput(deployed) },
  { name: 'two heads swapped', of: swappedHeads },
  { name: 'RoPE off by one position', of: shiftedRope },
  { name: 'one stale tile', of: (deployed) => staleTile(deployed) },
  { name: 'one layer skipped', of: (deployed) => skippedLayer(deployed) },
  { name: 'a shortened sequence', of: (deployed) => shortenedSequence(deployed) },
  { name: 'a shortened sequence in disguise', of: (deployed) => shortenedSequence(deployed, true) },
  { name: 'NaN', of: (deployed) => notANumber(deployed) },
];
