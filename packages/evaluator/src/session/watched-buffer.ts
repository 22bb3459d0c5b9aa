import type { BufferObject, TargetSession, Timing } from '@tilewright/spec';

/** Bytes behind each buffer that nothing may touch. */
const GUARD_BYTES = 64;
const GUARD = 0xa7;
/** What a buffer holds before anything writes it: large as bf16 and as f32, so that it cannot pass for zero. */
const UNWRITTEN = 0x5a;

/**
 * A buffer object as its user sees it, `facade`, and the target's own behind it, which is longer by a guard. The
 * target never sees the facade's memory, so that it can change it in a sync and at no other time.
 */
export class WatchedBuffer {
  readonly facade: BufferObject;
  readonly #inner: BufferObject;
  readonly #session: TargetSession;

  private constructor(facade: BufferObject, inner: BufferObject, session: TargetSession) {
    this.facade = facade;
    this.#inner = inner;
    this.#session = session;
  }

  static async allocate(name: string, bytes: number, session: TargetSession): Promise<WatchedBuffer> {
    const inner = await session.allocate({ name, bytes: bytes + GUARD_BYTES });
    const buffer = new WatchedBuffer({ name, bytes, host: new Uint8Array(bytes) }, inner, session);
    await buffer.write(new Uint8Array(bytes).fill(UNWRITTEN));
    return buffer;
  }

  get inner(): BufferObject {
    return this.#inner;
  }

  /** Puts bytes on the device, and the guard behind them. */
  write(bytes: Uint8Array): Promise<Timing> {
    this.#inner.host.set(bytes);
    this.#inner.host.fill(GUARD, this.facade.bytes);
    return this.#session.sync(this.#inner, 'to-device');
  }

  /** What the device holds; `guarded` tells whether the guard is as it was. */
  async read(): Promise<{ readonly bytes: Uint8Array; readonly guarded: boolean; readonly timing: Timing }> {
    const timing = await this.#session.sync(this.#inner, 'from-device');
    const { host } = this.#inner;
    const guarded = host.subarray(this.facade.bytes).every((byte) => byte === GUARD);
    return { bytes: host.slice(0, this.facade.bytes), guarded, timing };
  }
}
