import type { DebugSkill } from '@tilewright/spec';
import { bufferObjectCorruption } from './buffer-object-corruption/buffer-object-corruption.ts';
import { routingCongestion } from './routing-congestion/routing-congestion.ts';
import { runtimeFailure } from './runtime-failure/runtime-failure.ts';

/** All skills of this package. */
export const DEBUG_SKILLS: readonly DebugSkill[] = [runtimeFailure, bufferObjectCorruption, routingCongestion];
