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
import type { TapStore } from './tap-store.ts';

/** The calls of a sequence so far, each with its tokens: an engine may round otherwise where they are cut otherwise. */
type Calls = readonly (readonly number[])[];

/**
 * An oracle that looks up what was computed before. `identity` is a digest of the model, its weights and the
 * implementation. What of a call is not in the store, or is damaged there, is computed and put; the values are the same.
 */
export function cachedOracle(oracle: Oracle, store: TapStore, identity: () => Promise<string>): Oracle {
  return { ...oracle, start: () => new CachedSequence(oracle, store, identity) };
}

class CachedSequence implements OracleSequence {
  readonly #oracle: Oracle;
  readonly #store: TapStore;
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

  constructor(oracle: Oracle, store: TapStore, identity: () => Promise<string>) {
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
      const key = keysOf(model, await this.#identity(), calls, request.logits ?? 'last');
      const logits = (await this.#lookUp(request, key)) ?? (await this.#compute(request, key, null));
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

  /** Answers a call from the store, as far as that goes; null where it has not all of it. */
  async #lookUp(request: ForwardRequest, key: KeyOf): Promise<Tensor | null> {
    // The answer comes last, so that whoever listens has heard all taps when it is there.
    const needed = this.#names.filter((name) => name === 'logits' || isAsked(request, name) || isKept(name));
    for (const name of needed) if (!(await this.#store.has(key(name)))) return null;
    for (const name of needed) {
      throwIfAborted(request.signal);
      const value = await this.#store.get(key(name));
      if (value === null) return this.#compute(request, key, name);
      this.#keep(name, value);
      if (isAsked(request, name)) await request.onTap?.({ name, value });
      if (name === 'logits') return value;
    }
    return null;
  }

  /** Computes a call and puts it into the store. Where an entry was damaged, the taps before it have been delivered. */
  async #compute(request: ForwardRequest, key: KeyOf, damaged: string | null): Promise<Tensor> {
    const { signal } = request;
    for (; this.#computedCalls < this.#calls.length; this.#computedCalls++) {
      const tokens = this.#calls[this.#computedCalls];
      await this.#computing.forward({ tokens, ...(signal && { signal }) });
    }
    const wanted = this.#names.filter((name) => isAsked(request, name) || isKept(name));
    // Where one entry was damaged, others may be.
    const replace = damaged !== null;
    const from = damaged === null ? 0 : this.#names.indexOf(damaged);
    const logits = await this.#computing.forward({
      ...request,
      taps: new Set(wanted),
      onTap: async ({ name, value }) => {
        this.#keep(name, value);
        await this.#store.put(key(name), value, { replace });
        if (isAsked(request, name) && this.#names.indexOf(name) >= from) await request.onTap?.({ name, value });
      },
    });
    this.#computedCalls++;
    await this.#store.put(key('logits'), logits, { replace });
    return logits;
  }

  /** What later calls and `keyValues` need: values come before the rotated keys of their layer. */
  #keep(name: string, { data }: Tensor): void {
    const [, layer, output] = KEPT.exec(name) ?? [];
    if (layer === undefined) return;
    if (output === 'v_proj') this.#newValues = data;
    else this.#caches[Number(layer)].write(this.#length, data, this.#newValues);
  }
}

type KeyOf = (tap: string) => string;

const KEPT = /^layers\.(\d+)\.(k_rope|v_proj)$/;

function isKept(name: string): boolean {
  return KEPT.test(name);
}

function isAsked({ taps, onTap }: ForwardRequest, name: string): boolean {
  return onTap !== undefined && taps !== undefined && (taps === 'all' || taps.has(name));
}

/** The keys of a call's taps: from what computes, the tokens of this and all earlier calls, the tap and its op. */
function keysOf(model: ModelSpec, identity: string, calls: Calls, logits: 'last' | 'all'): KeyOf {
  const call = createHash('sha256')
    .update(JSON.stringify([identity, calls]))
    .digest('hex');
  const ops = new Map(layerOps(model).map((op) => [op.output, op]));
  return (tap) => {
    const op = ops.get(tap.replace(/^layers\.\d+\./, '')) ?? null;
    const positions = tap === 'logits' ? logits : 'all';
    return createHash('sha256')
      .update(JSON.stringify([call, tap, op, positions]))
      .digest('hex');
  };
}
