/** How a GGUF tensor type stores a run of elements, and what they are as FP32. */
export interface BlockEncoding {
  /** In lower case, as llama.cpp writes it in file names: `q4_k`. */
  readonly name: string;
  /** A row is a whole number of blocks. */
  readonly blockElements: number;
  readonly blockBytes: number;
  /** `blocks` holds exactly the blocks of `out`. Gives the bits that llama.cpp's own Python package gives. */
  readonly dequantise: (blocks: Uint8Array, out: Float32Array) => void;
}
