/** Where a command says what it is doing. Nothing of it is part of the result. */
export interface Progress {
  /** What goes on now; the next call replaces it. */
  step(text: string): void;
  /** Something finished that stays to be read. */
  line(text: string): void;
  /** Leaves the terminal to somebody who asks a question. */
  pause(): void;
  resume(): void;
  /** Removes what is not finished; nothing may follow. */
  end(): void;
}
