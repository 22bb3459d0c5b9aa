import type { TranscriptEntry } from '@tilewright/spec';
import type { AppendLine } from '../workspace/append-line.ts';
import { readTranscriptIfAny } from './read-transcript.ts';

/** The transcript of a deployment, in memory and in its file. */
export class Transcript {
  readonly #file: string;
  readonly #append: AppendLine;
  readonly #entries: TranscriptEntry[];
  #last: Promise<void> = Promise.resolve();

  private constructor(file: string, append: AppendLine, entries: readonly TranscriptEntry[]) {
    this.#file = file;
    this.#append = append;
    this.#entries = [...entries];
  }

  /** Reads what earlier runs have left. Writes nothing. Throws `file-malformed`. */
  static async open(file: string, append: AppendLine): Promise<Transcript> {
    return new Transcript(file, append, (await readTranscriptIfAny(file)) ?? []);
  }

  /** Of all phases, oldest first. */
  get entries(): readonly TranscriptEntry[] {
    return this.#entries;
  }

  /** A copy. */
  entriesOf(phase: number): readonly TranscriptEntry[] {
    return this.#entries.filter((entry) => entry.kind !== 'opened' && entry.phase === phase);
  }

  /** Adds an entry after those that are being added. Survives once it resolves. Throws `file-unwritable`. */
  add(entry: TranscriptEntry): Promise<void> {
    const added = this.#last.then(async () => {
      await this.#append(this.#file, JSON.stringify(entry));
      this.#entries.push(entry);
    });
    this.#last = added.catch(() => {});
    return added;
  }
}
