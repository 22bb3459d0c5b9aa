import { createHash } from 'node:crypto';
import {
  type ForwardRequest,
  layerOps,
  type ModelSpec,
  type Oracle,
  type OracleSequence,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { KeyValueCache } from '../forward/key-value-cache.ts';
import { requireKnownTaps, tapNames } from '../forward/tap-names.ts';
import type { CallStore } from './call-store.ts';
import type { StoredCall } from './stored-call.ts';

/** The calls of a sequence so far, each with its tokens: an engine may round otherwise where they are cut otherwise. */
type Calls = readonly (readonly number[])[];

/**
 * An oracle that looks up what was computed before. `identity` is a digest of the model, its weights and the
 * implementation. What of a call is not in the store, or is damaged there, is computed and put; the values are the same.
 */
export function cachedOracle(oracle: Oracle, store: CallStore, identity: () => Promise<string>): Oracle {
  return { ...oracle, start: () => new CachedSequence(oracle, store, identity) };
}

class CachedSequence implements OracleSequence {
  readonly #oracle: Oracle;
  readonly #store: CallStore;
  readonly #identity: () => Promise<string>;
  readonly #names: readonly string[];
  readonly #caches: readonly KeyValueCache[];
  /** Computes what is not in the store; it may be some calls behind. */
  readonly #computing: OracleSequence;
  readonly #calls: (readonly number[])[] = [];
  #computedCalls = 0;
  #length = 0;
  #newValues: Float32Array = new Float32Array(0);
  #isRunning = false;

  constructor(oracle: Oracle, store: CallStore, identity: () => Promise<string>) {
    const { layers, keyValueHeads, headDim } = oracle.model;
    this.#oracle = oracle;
    this.#store = store;
    this.#identity = identity;
    this.#names = tapNames(oracle.model);
    this.#computing = oracle.start();
    this.#caches = Array.from({ length: layers }, () => new KeyValueCache(keyValueHeads, headDim));
  }

  get length(): number {
    return this.#length;
  }

  async forward(request: ForwardRequest): Promise<Tensor> {
    if (this.#isRunning) {
      const remedy = 'Await each forward before the next, or start another sequence.';
      throw new TilewrightError('usage', 'This sequence is still computing.', remedy);
    }
    if (request.taps !== undefined && request.taps !== 'all') requireKnownTaps(request.taps, new Set(this.#names));
    this.#isRunning = true;
    try {
      const { model } = this.#oracle;
      const calls = [...this.#calls, request.tokens];
      const keys = keysOf(model, await this.#identity(), calls, request.logits ?? 'last');
      const stored = await this.#store.open(keys.call);
      let logits: Tensor;
      try {
        const from = stored === null ? 0 : await this.#lookUp(request, keys, stored);
        logits = typeof from === 'number' ? await this.#compute(request, keys, stored, from) : from;
      } finally {
        await stored?.close();
      }
      this.#calls.push([...request.tokens]);
      this.#length += request.tokens.length;
      return logits;
    } finally {
      this.#isRunning = false;
    }
  }

  keyValues(layer: number): { readonly keys: Tensor; readonly values: Tensor } {
    const cache = this.#caches[layer];
    if (cache !== undefined) return cache.read(this.#length);
    throw new TilewrightError('usage', `The model has no layer ${layer}.`, 'Layers are counted from 0.', {
      got: layer,
    });
  }

  /**
   * Answers a call from the store. Where it does not have all of it, or what it has is damaged: from which place in
   * the order of taps on it is to be computed, the taps before that having been delivered.
   */
  async #lookUp(request: ForwardRequest, { of }: Keys, stored: StoredCall): Promise<Tensor | number> {
    // The answer comes last, so that whoever listens has heard all taps when it is there.
    const needed = this.#names.filter((name) => name === 'logits' || isAsked(request, name) || isKept(name));
    if (!needed.every((name) => stored.taps.has(of(name)))) return 0;
    for (const name of needed) {
      throwIfAborted(request.signal);
      const value = await stored.read(of(name));
      if (value === null) return this.#names.indexOf(name);
      this.#keep(name, value);
      if (isAsked(request, name)) await request.onTap?.({ name, value });
      if (name === 'logits') return value;
    }
    return 0;
  }

  /** Computes a call, puts it into the store, and delivers the taps from a place in their order on. */
  async #compute(request: ForwardRequest, keys: Keys, stored: StoredCall | null, from: number): Promise<Tensor> {
    const { signal } = request;
    for (; this.#computedCalls < this.#calls.length; this.#computedCalls++) {
      const tokens = this.#calls[this.#computedCalls];
      await this.#computing.forward({ tokens, ...(signal && { signal }) });
    }
    const wanted = this.#names.filter((name) => isAsked(request, name) || isKept(name));
    return this.#store.keep(keys.call, stored, async (add) => {
      const logits = await this.#computing.forward({
        ...request,
        taps: new Set(wanted),
        onTap: async ({ name, value }) => {
          this.#keep(name, value);
          await add(keys.of(name), value);
          if (isAsked(request, name) && this.#names.indexOf(name) >= from) await request.onTap?.({ name, value });
        },
      });
      this.#computedCalls++;
      await add(keys.of('logits'), logits);
      return logits;
    });
  }

  /** What later calls and `keyValues` need: values come before the rotated keys of their layer. */
  #keep(name: string, { data }: Tensor): void {
    const [, layer, output] = KEPT.exec(name) ?? [];
    if (layer === undefined) return;
    if (output === 'v_proj') this.#newValues = data;
    else this.#caches[Number(layer)].write(this.#length, data, this.#newValues);
  }
}

/** The name of a call in the store, and those of its taps. */
interface Keys {
  readonly call: string;
  readonly of: (tap: string) => string;
}

const KEPT = /^layers\.(\d+)\.(k_rope|v_proj)$/;

function isKept(name: string): boolean {
  return KEPT.test(name);
}

function isAsked({ taps, onTap }: ForwardRequest, name: string): boolean {
  return onTap !== undefined && taps !== undefined && (taps === 'all' || taps.has(name));
}

/** The keys of a call's taps: from what computes, the tokens of this and all earlier calls, the tap and its op. */
function keysOf(model: ModelSpec, identity: string, calls: Calls, logits: 'last' | 'all'): Keys {
  const call = createHash('sha256')
    .update(JSON.stringify([identity, calls]))
    .digest('hex');
  const ops = new Map(layerOps(model).map((op) => [op.output, op]));
  const of = (tap: string): string => {
    const op = ops.get(tap.replace(/^layers\.\d+\./, '')) ?? null;
    const positions = tap === 'logits' ? logits : 'all';
    return createHash('sha256')
      .update(JSON.stringify([call, tap, op, positions]))
      .digest('hex');
  };
  return { call, of };
}
