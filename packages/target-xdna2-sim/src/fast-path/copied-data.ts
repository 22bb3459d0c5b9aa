import { executeCall } from '../execution/bound-call.ts';
import { loadRounded, storeRounded } from '../execution/local-buffer.ts';
import { gatherWords, scatterWords } from './copy-words.ts';
import type { GetOperation } from './process.ts';
import type { DataPlane } from './run-process.ts';
import { reserve } from './stream.ts';

/** Data that moves as on the machine: every word goes through its streams and buffers. */
export const COPIED_DATA: DataPlane = {
  put(_, { stream, buffer, pattern }, base, first, words) {
    if (buffer.accumulator !== null) {
      const { elementsPerWord } = buffer;
      const from = (base + pattern.lowest) * elementsPerWord;
      storeRounded(buffer.accumulator, from, (base + pattern.highest + 1) * elementsPerWord);
    }
    reserve(stream, words);
    const at = stream.put & (stream.ring.length - 1);
    const beforeWrap = Math.min(words, stream.ring.length - at);
    gatherWords(pattern, buffer.words, base, first, beforeWrap, stream.ring, at);
    if (words > beforeWrap) {
      gatherWords(pattern, buffer.words, base, first + beforeWrap, words - beforeWrap, stream.ring, 0);
    }
  },
  get(_, operation, base, first, words) {
    const { stream, reader, buffer, pattern } = operation;
    const at = reader.taken & (stream.ring.length - 1);
    const beforeWrap = Math.min(words, stream.ring.length - at);
    scatterWords(pattern, stream.ring, at, buffer.words, base, first, beforeWrap);
    if (words > beforeWrap) {
      scatterWords(pattern, stream.ring, 0, buffer.words, base, first + beforeWrap, words - beforeWrap);
    }
    if (buffer.accumulator !== null) widen(operation, base, first, words);
  },
  call: (process, { call }) => executeCall(call, process.registers),
};

/** An accumulator takes over exactly the elements that came, and keeps the sums beside them unrounded. */
function widen({ buffer, pattern }: GetOperation, base: number, first: number, words: number): void {
  for (let i = first; i < first + words; i++) {
    const runIndex = Math.floor(i / pattern.run);
    const row = runIndex % pattern.rows;
    const start = pattern.starts[(runIndex - row) / pattern.rows];
    const word = base + start + row * pattern.rowStride + (i - runIndex * pattern.run);
    if (buffer.accumulator !== null) {
      loadRounded(buffer.accumulator, word * buffer.elementsPerWord, (word + 1) * buffer.elementsPerWord);
    }
  }
}
