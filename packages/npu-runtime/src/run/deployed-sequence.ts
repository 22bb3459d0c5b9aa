import {
  type DeployedForwardRequest,
  type DeployedSequence,
  type Plan,
  type Profile,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { KeyValueCache } from '../host/key-value-cache.ts';
import type { WeightStore } from '../weights/weight-store.ts';
import { runHead } from './head.ts';
import type { Pass } from './pass.ts';
import { ProfileRecorder } from './profile-recorder.ts';
import type { SectionRunner } from './section-runner.ts';
import { TapCollector } from './tap-collector.ts';

/** What all sequences of a deployment share. */
export interface SequenceResources {
  readonly plan: Plan;
  readonly weights: WeightStore;
  readonly prefill: SectionRunner;
  readonly decode: SectionRunner;
  readonly head: SectionRunner;
  /** Every tap that some section delivers. */
  readonly tapNames: ReadonlySet<string>;
  /** Runs one call at a time: the device has one set of buffer objects. */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A sequence with its KV cache. The first call prefills; later ones decode token by token. */
export class NpuSequence implements DeployedSequence {
  readonly #resources: SequenceResources;
  readonly #caches: readonly KeyValueCache[];
  readonly #profile = new ProfileRecorder();
  #length = 0;

  constructor(resources: SequenceResources) {
    const { layers, keyValueHeads, headDim } = resources.plan.model;
    this.#resources = resources;
    this.#caches = Array.from({ length: layers }, () => new KeyValueCache(keyValueHeads * headDim));
  }

  get length(): number {
    return this.#length;
  }

  get profile(): Profile {
    return this.#profile.snapshot();
  }

  /**
   * Appends tokens and computes them; if it throws, the sequence is as long as before. Throws
   * `token-out-of-range`, `context-exceeded`, `usage` (no tokens, an unknown tap), `aborted`, and what target
   * and weights throw.
   */
  forward(request: DeployedForwardRequest): Promise<Tensor> {
    return this.#resources.exclusive(async () => {
      this.#requirePossible(request);
      const logits = this.#length === 0 ? await this.#prefill(request) : await this.#decode(request);
      this.#length += request.tokens.length;
      return logits;
    });
  }

  setKeyValues(layer: number, keys: Tensor, values: Tensor): void {
    const { keyValueHeads, headDim, layers } = this.#resources.plan.model;
    const width = keyValueHeads * headDim;
    const positions = keys.data.length / width;
    const cache = this.#caches[layer];
    const expected = this.#length === 0 ? positions : this.#length;
    if (
      cache === undefined ||
      positions !== expected ||
      values.data.length !== keys.data.length ||
      positions % 1 !== 0
    ) {
      throw new TilewrightError(
        'usage',
        `Keys of shape ${keys.shape.join(' × ')} and values of shape ${values.shape.join(' × ')} do not replace those of layer ${layer}.`,
        `Give [length, ${keyValueHeads}, ${headDim}] for a layer below ${layers}, with the sequence's length of ${this.#length}.`,
        { field: 'keyValues', expected: [expected, keyValueHeads, headDim], got: keys.shape },
      );
    }
    cache.write(0, keys.data, values.data);
    this.#length = positions;
  }

  async #prefill(request: DeployedForwardRequest): Promise<Tensor> {
    const collector = new TapCollector(1, (tap) => request.onTap?.(tap));
    return this.#pass(this.#resources.prefill, request, request.tokens, 0, collector);
  }

  async #decode(request: DeployedForwardRequest): Promise<Tensor> {
    const { tokens, signal } = request;
    const collector = new TapCollector(tokens.length, (tap) => request.onTap?.(tap));
    const rows: Tensor[] = [];
    for (const [index, token] of tokens.entries()) {
      throwIfAborted(signal);
      const wanted = request.logits === 'all' || index === tokens.length - 1 || request.taps !== undefined;
      const row = await this.#pass(this.#resources.decode, request, [token], index, collector, wanted);
      if (request.logits === 'all' || index === tokens.length - 1) rows.push(row);
    }
    await collector.finish();
    const { vocabularySize } = this.#resources.plan.model;
    const data = new Float32Array(rows.length * vocabularySize);
    for (const [index, row] of rows.entries()) data.set(row.data, index * vocabularySize);
    return { shape: [rows.length, vocabularySize], data };
  }

  /** Runs a section over `tokens`, which start at `offset` in the request, and the head after it. */
  async #pass(
    runner: SectionRunner,
    request: DeployedForwardRequest,
    tokens: readonly number[],
    offset: number,
    collector: TapCollector,
    needsLogits = true,
  ): Promise<Tensor> {
    const { head, plan, weights } = this.#resources;
    const { taps, onTap } = request;
    const pass: Pass = {
      tokens,
      position: this.#length + offset,
      caches: this.#caches,
      profile: this.#profile,
      signal: request.signal,
      feedRow: offset,
      feed: request.feed,
      wants: (tap) => onTap !== undefined && taps !== undefined && (taps === 'all' || taps.has(tap)),
      deliver: (tap) => collector.add(tap),
    };
    await runner.run(pass);
    if (!needsLogits) return { shape: [0], data: new Float32Array(0) };
    const stream = await runner.residualRows(tokens.length);
    const { logits, finalNorm } = await runHead(head, plan, weights, stream, pass, request.logits ?? 'last');
    if (finalNorm !== null) await collector.add({ name: 'final_norm', value: finalNorm });
    const isLast = offset + tokens.length === request.tokens.length;
    if (pass.wants('logits') && (request.logits === 'all' || isLast)) {
      await collector.add({ name: 'logits', value: logits });
    }
    return logits;
  }

  #requirePossible({ tokens, taps }: DeployedForwardRequest): void {
    const { plan, tapNames } = this.#resources;
    if (tokens.length === 0) {
      const remedy = 'Start with the begin-of-text token, or give a prompt that is not empty.';
      throw new TilewrightError('usage', 'There are no tokens to compute.', remedy, { field: 'tokens' });
    }
    const { vocabularySize } = plan.model;
    const strange = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize);
    if (strange !== undefined) {
      throw new TilewrightError(
        'token-out-of-range',
        `${strange} is not a token of the model, whose vocabulary is 0 to ${vocabularySize - 1}.`,
        "Use the model's own tokenizer.",
        { field: 'tokens', expected: `0 to ${vocabularySize - 1}`, got: String(strange) },
      );
    }
    const needed = this.#length + tokens.length;
    const limit = this.#length === 0 ? Math.min(plan.prefillLength, plan.contextLength) : plan.contextLength;
    if (needed > limit) {
      throw new TilewrightError(
        'context-exceeded',
        this.#length === 0
          ? `A prompt of ${needed} tokens is longer than the ${limit} that the plan prefills.`
          : `${needed} tokens are more than the plan's context of ${limit}.`,
        'Shorten the prompt, generate fewer tokens, or deploy with a larger context.',
        { expected: limit, got: needed },
      );
    }
    if (taps === undefined || taps === 'all') return;
    for (const name of taps) {
      if (tapNames.has(name)) continue;
      throw new TilewrightError(
        'usage',
        `The deployment has no tap ${name}.`,
        'Ask for embedding, layers.N.<kernel> of a kernel that its plan computes, final_norm or logits.',
        { field: 'taps', got: name },
      );
    }
  }
}
