import type { RopeSpec } from '@tilewright/spec';
import { invalidConfig, unsupportedFeature } from './config-error.ts';
import type { HuggingFaceConfig, RopeParameters } from './hugging-face-config.ts';

/** What all four families take where a configuration does not say (transformers' defaults). */
const DEFAULT_THETA = 10000;

/**
 * The rotary embedding of a configuration in either form. Types other than `default` and `llama3`
 * are refused by name, and so are a rotation of only a part of each head and two forms that disagree.
 */
export function readRopeSpec(config: HuggingFaceConfig, file: string): RopeSpec {
  const { rope_parameters: parameters, rope_scaling: scaling } = config;
  const scalingType = scaling ? readType(scaling, 'rope_scaling', file) : undefined;
  const parametersType = parameters ? readType(parameters, 'rope_parameters', file) : undefined;
  if (scalingType !== undefined && parametersType !== undefined && scalingType !== parametersType) {
    throw invalidConfig(file, 'rope_scaling', `of the type in rope_parameters, ${parametersType}`, scaling);
  }
  refusePartialRotation(config.partial_rotary_factor, 'partial_rotary_factor', file);
  refusePartialRotation(parameters?.partial_rotary_factor, 'rope_parameters.partial_rotary_factor', file);

  const [field, given, type] = parameters
    ? (['rope_parameters', parameters, parametersType] as const)
    : (['rope_scaling', scaling, scalingType] as const);
  return {
    theta: readTheta(config, file),
    scaling: given && type === 'llama3' ? readLlama3(given, field, file) : { type: 'none' },
  };
}

function readType(rope: RopeParameters, field: string, file: string): 'default' | 'llama3' {
  const nested = Object.keys(rope).find((key) => key.endsWith('_attention'));
  if (nested !== undefined) {
    throw unsupportedFeature(file, `${field}.${nested}`, 'Rotary embedding per layer type', ROPE_REMEDY);
  }
  // `type` is the older name; where both are given, transformers reads `rope_type`. Neither means no scaling.
  for (const key of ['rope_type', 'type']) {
    const type = rope[key];
    if (type === undefined || type === 'default' || type === 'llama3') continue;
    if (typeof type !== 'string') throw invalidConfig(file, `${field}.${key}`, 'a name', type);
    throw unsupportedFeature(file, `${field}.${key}`, `Rotary embedding of type "${type}"`, ROPE_REMEDY);
  }
  return (rope.rope_type ?? rope.type ?? 'default') as 'default' | 'llama3';
}

const ROPE_REMEDY = 'Use a model whose rotary embedding is of type default or llama3.';

function refusePartialRotation(factor: unknown, field: string, file: string): void {
  if (factor === undefined || factor === null || factor === 1) return;
  throw unsupportedFeature(file, field, `Rotation of a part of each head (${String(factor)})`, ROPE_REMEDY);
}

function readTheta(config: HuggingFaceConfig, file: string): number {
  const inner = config.rope_parameters?.rope_theta ?? config.rope_scaling?.rope_theta;
  if (inner === undefined || inner === null) return config.rope_theta ?? DEFAULT_THETA;
  if (typeof inner !== 'number' || !(inner > 0) || !Number.isFinite(inner)) {
    throw invalidConfig(file, 'rope_parameters.rope_theta', 'a positive number', inner);
  }
  if (typeof config.rope_theta === 'number' && config.rope_theta !== inner) {
    throw invalidConfig(file, 'rope_theta', `the same as in rope_parameters, ${inner}`, config.rope_theta);
  }
  return inner;
}

function readLlama3(rope: RopeParameters, field: string, file: string): RopeSpec['scaling'] {
  const read = (key: string): number => {
    const value = rope[key];
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
    throw invalidConfig(file, `${field}.${key}`, 'a positive number', value);
  };
  const lowFrequencyFactor = read('low_freq_factor');
  const highFrequencyFactor = read('high_freq_factor');
  if (highFrequencyFactor <= lowFrequencyFactor) {
    const expected = `greater than low_freq_factor, ${lowFrequencyFactor}`;
    throw invalidConfig(file, `${field}.high_freq_factor`, expected, highFrequencyFactor);
  }
  return {
    type: 'llama3',
    factor: read('factor'),
    lowFrequencyFactor,
    highFrequencyFactor,
    originalMaxPositions: read('original_max_position_embeddings'),
  };
}
