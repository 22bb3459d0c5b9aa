/**
 * In files of the llama architecture the rows of Q and K are permuted, because llama.cpp rotates neighbouring
 * elements and Hugging Face those that are half a head apart: row `2j + p` of a head there is row
 * `p · headDim/2 + j` here (`LlamaModel.permute` of its converter). Gives our row for one of the file.
 */
export function interleavedRow(stored: number, headDim: number): number {
  const within = stored % headDim;
  return stored - within + (within % 2) * (headDim / 2) + Math.floor(within / 2);
}
