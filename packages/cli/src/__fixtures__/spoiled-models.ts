import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '@tilewright/spec';
import { editTensors, type RawTensor, withHeader } from './safetensors.ts';

/** Something that can be wrong with a model directory: how it comes about, and what has to be said. */
export interface SpoiledModel {
  readonly what: string;
  readonly spoil: (directory: string) => Promise<void>;
  readonly code: ErrorCode;
  /** What the message names. */
  readonly names: string;
}

const WEIGHTS = 'model.safetensors';

function config(fields: Readonly<Record<string, unknown>>): SpoiledModel['spoil'] {
  return async (directory) => {
    const file = join(directory, 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...fields }));
  };
}

function tensors(edit: (tensors: Map<string, RawTensor>) => void): SpoiledModel['spoil'] {
  return (directory) => editTensors(join(directory, WEIGHTS), edit);
}

function required(all: Map<string, RawTensor>, name: string): RawTensor {
  const tensor = all.get(name);
  if (tensor === undefined) throw new Error(`the fixture has no tensor ${name}`);
  return tensor;
}

const NORM = 'model.layers.1.input_layernorm.weight';
const GATE = 'model.layers.0.mlp.gate_proj.weight';

export const SPOILED_MODELS: readonly SpoiledModel[] = [
  {
    what: 'a directory without config.json',
    spoil: (directory) => rm(join(directory, 'config.json')),
    code: 'file-missing',
    names: 'config.json',
  },
  {
    what: 'a config.json that is cut short',
    spoil: async (directory) => {
      const file = join(directory, 'config.json');
      await writeFile(file, (await readFile(file, 'utf8')).slice(0, 60));
    },
    code: 'file-malformed',
    names: 'config.json',
  },
  {
    what: 'a directory without weights',
    spoil: (directory) => rm(join(directory, WEIGHTS)),
    code: 'file-missing',
    names: 'safetensors',
  },
  {
    what: 'weights that are cut short',
    spoil: (directory) => truncate(join(directory, WEIGHTS), 100_000),
    code: 'file-truncated',
    names: WEIGHTS,
  },
  {
    what: 'a header that lies about its length',
    spoil: async (directory) => {
      const file = join(directory, WEIGHTS);
      await writeFile(file, withHeader('{}', Buffer.alloc(64), 2 ** 40));
    },
    code: 'file-malformed',
    names: WEIGHTS,
  },
  {
    what: 'a header that is no JSON',
    spoil: (directory) => writeFile(join(directory, WEIGHTS), withHeader('{"a": ', Buffer.alloc(64))),
    code: 'file-malformed',
    names: WEIGHTS,
  },
  { what: 'an impossible size', spoil: config({ hidden_size: -256 }), code: 'config-invalid', names: 'hidden_size' },
  {
    what: 'heads that do not divide',
    spoil: config({ num_key_value_heads: 3 }),
    code: 'config-invalid',
    names: 'num_key_value_heads',
  },
  {
    what: 'an unsupported architecture',
    spoil: config({ architectures: ['GPT2LMHeadModel'], model_type: 'gpt2' }),
    code: 'architecture-unsupported',
    names: 'gpt2',
  },
  {
    what: 'an unsupported activation',
    spoil: config({ hidden_act: 'gelu' }),
    code: 'feature-unsupported',
    names: 'gelu',
  },
  {
    what: 'an unsupported rope type',
    spoil: config({
      rope_parameters: { rope_type: 'yarn', rope_theta: 10000, factor: 4 },
      rope_scaling: { rope_type: 'yarn', factor: 4 },
    }),
    code: 'feature-unsupported',
    names: 'yarn',
  },
  {
    what: 'a sliding window',
    spoil: config({ architectures: ['MistralForCausalLM'], model_type: 'mistral', sliding_window: 128 }),
    code: 'feature-unsupported',
    names: 'sliding_window',
  },
  {
    what: 'a missing tensor',
    spoil: tensors((all) => all.delete(NORM)),
    code: 'tensor-missing',
    names: NORM,
  },
  {
    what: 'a misshapen tensor',
    spoil: tensors((all) => {
      const tensor = required(all, GATE);
      tensor.shape = [...tensor.shape].reverse();
    }),
    code: 'tensor-misshapen',
    names: GATE,
  },
  {
    what: 'a weight that is not a number',
    spoil: tensors((all) => {
      const tensor = required(all, GATE);
      const bytes = Buffer.from(tensor.bytes);
      bytes.writeUInt16LE(0x7fc0, 2 * 1000);
      tensor.bytes = bytes;
    }),
    code: 'tensor-non-finite',
    names: GATE,
  },
];
