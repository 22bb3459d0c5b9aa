import type { Tap } from '@tilewright/spec';

/**
 * Joins the taps of passes that compute one token each into taps of the whole call, [tokens, …], in the
 * order in which they first came. With a single pass, taps go on as they come.
 */
export class TapCollector {
  readonly #deliver: (tap: Tap) => void | Promise<void>;
  readonly #joins: boolean;
  readonly #parts = new Map<string, Tap[]>();

  constructor(passes: number, deliver: (tap: Tap) => void | Promise<void>) {
    this.#joins = passes > 1;
    this.#deliver = deliver;
  }

  async add(tap: Tap): Promise<void> {
    if (!this.#joins) return this.#deliver(tap);
    const parts = this.#parts.get(tap.name);
    if (parts === undefined) this.#parts.set(tap.name, [tap]);
    else parts.push(tap);
  }

  /** Delivers what was joined. */
  async finish(): Promise<void> {
    for (const [name, parts] of this.#parts) {
      const data = new Float32Array(parts.reduce((sum, { value }) => sum + value.data.length, 0));
      let offset = 0;
      for (const { value } of parts) {
        data.set(value.data, offset);
        offset += value.data.length;
      }
      const rows = parts.reduce((sum, { value }) => sum + (value.shape[0] as number), 0);
      await this.#deliver({ name, value: { shape: [rows, ...(parts[0]?.value.shape.slice(1) ?? [])], data } });
    }
  }
}
