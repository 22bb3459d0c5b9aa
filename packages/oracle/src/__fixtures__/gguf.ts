/** GGUF's numbers of the metadata types that tests write. */
const UINT32 = 4;
const FLOAT32 = 6;
const STRING = 8;

export interface GgufTensorContent {
  name: string;
  /** Outermost axis first. */
  shape: number[];
  type: number;
  bytes: Uint8Array;
}

export interface GgufContent {
  /** Whole numbers are written as uint32, others as float32. */
  metadata: Record<string, string | number>;
  tensors: GgufTensorContent[];
}

const float32 = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** A whole llama of one layer: 4 hidden elements, 2 heads of 2, a vocabulary of 6, all of it F32. */
export function tinyGguf(): GgufContent {
  const tensor = (name: string, shape: number[]): GgufTensorContent => {
    const elements = shape.reduce((product, extent) => product * extent, 1);
    const values = Array.from({ length: elements }, (_, i) => ((i * 7) % 11) / 10 - 0.5);
    return { name, shape, type: 0, bytes: float32(values) };
  };
  return {
    metadata: {
      'general.architecture': 'llama',
      'llama.context_length': 16,
      'llama.embedding_length': 4,
      'llama.block_count': 1,
      'llama.feed_forward_length': 8,
      'llama.attention.head_count': 2,
      'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-5),
    },
    tensors: [
      tensor('token_embd.weight', [6, 4]),
      tensor('blk.0.attn_norm.weight', [4]),
      ...['q', 'k', 'v', 'output'].map((part) => tensor(`blk.0.attn_${part}.weight`, [4, 4])),
      tensor('blk.0.ffn_norm.weight', [4]),
      tensor('blk.0.ffn_gate.weight', [8, 4]),
      tensor('blk.0.ffn_up.weight', [8, 4]),
      tensor('blk.0.ffn_down.weight', [4, 8]),
      tensor('output_norm.weight', [4]),
    ],
  };
}

/** The bytes of a GGUF file, written by hand after the format's description. */
export function ggufBytes({ metadata, tensors }: GgufContent): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)];
  for (const [key, value] of Object.entries(metadata)) {
    parts.push(text(key));
    if (typeof value === 'string') parts.push(u32(STRING), text(value));
    else if (Number.isInteger(value)) parts.push(u32(UINT32), u32(value));
    else parts.push(u32(FLOAT32), Buffer.from(float32([value])));
  }
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    parts.push(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(offset));
    offset += padded(bytes.length);
  }
  const header = Buffer.concat(parts);
  const filled = tensors.map(({ bytes }) => Buffer.concat([bytes], padded(bytes.length)));
  return Buffer.concat([Buffer.concat([header], padded(header.length)), ...filled]);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}
