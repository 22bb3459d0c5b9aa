import { TilewrightError } from '@tilewright/spec';
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node';

/** What we use of the package, which is loaded only when an engine is opened. */
export interface OnnxRuntime {
  readonly Tensor: typeof Tensor;
  readonly InferenceSession: typeof InferenceSession;
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
}

type Values = Float32Array | Float64Array;

/** An array and its shape, as a session takes and fills them. */
export interface Operand {
  readonly data: Values;
  readonly dimensions: readonly number[];
}

/**
 * Sessions by what they compute, made when first asked for. They run on the main thread and one worker for each
 * further core: two sessions never compute at the same time.
 */
export class Sessions {
  readonly #runtime: OnnxRuntime;
  readonly #options: InferenceSession.SessionOptions;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(runtime: OnnxRuntime, threads: number) {
    this.#runtime = runtime;
    this.#options = {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Sizes differ from run to run, so that a remembered layout of memory would be wrong each time.
      enableMemPattern: false,
      // Intermediates come from memory that is kept: fresh pages for each cost a tenth of the time.
      enableCpuMemArena: true,
      // A session's idle worker that spins takes the core from the session that works: half the speed, measured.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      // Warnings are about the graph's form, and nothing that a user could act upon.
      logSeverityLevel: 3,
    };
  }

  /**
   * Runs the session `key`, whose graph `encode` gives, into the arrays of `outputs`, which are in the graph's
   * order: nothing is copied.
   */
  async run(
    key: string,
    encode: () => Uint8Array,
    inputs: ReadonlyMap<string, Operand>,
    outputs: readonly Operand[],
  ): Promise<void> {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#runtime.InferenceSession.create(encode(), this.#options);
      this.#sessions.set(key, session);
    }
    try {
      const ready = await session;
      const fetched = ready.outputNames.map((name, i): [string, Operand] => [name, outputs[i]]);
      await ready.run(this.#tensors(inputs), this.#tensors(fetched));
    } catch (error) {
      throw new TilewrightError(
        'internal',
        `onnxruntime could not compute ${key}: ${error instanceof Error ? error.message : String(error)}`,
        'Report this as a bug; without an engine the oracle computes the same, slowly.',
        {},
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).release();
  }

  #tensors(operands: Iterable<readonly [string, Operand]>): Record<string, TypedTensor<'float32' | 'float64'>> {
    const tensors: Record<string, TypedTensor<'float32' | 'float64'>> = {};
    for (const [name, { data, dimensions }] of operands) {
      tensors[name] =
        data instanceof Float32Array
          ? new this.#runtime.Tensor('float32', data, dimensions)
          : new this.#runtime.Tensor('float64', data, dimensions);
    }
    return tensors;
  }
}
