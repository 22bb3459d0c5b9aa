export { bufferObjectCorruption } from './buffer-object-corruption/buffer-object-corruption.ts';
export { DEBUG_SKILLS } from './debug-skills.ts';
export { routingCongestion } from './routing-congestion/routing-congestion.ts';
export { runtimeFailure } from './runtime-failure/runtime-failure.ts';
