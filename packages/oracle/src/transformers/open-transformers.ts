import {
  type ForwardRequest,
  type ModelSpec,
  type ReferenceModel,
  type ReferenceSequence,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import { z } from 'zod';
import { isGgufPath } from '../gguf/is-gguf-path.ts';
import { SYNTHETIC } from '../model-place.ts';
import type { OpenModel } from '../open-model.ts';
import { kernelTaps, stateTaps } from '../reference/required-taps.ts';
import type { Frame } from './frame-reader.ts';
import { huggingFaceConfig } from './hugging-face-config.ts';
import { PythonProcess } from './python-process.ts';
import { sendWeights } from './send-weights.ts';

export interface TransformersOptions {
  /** The interpreter. Default: `python3`, then `python`. */
  readonly python?: string;
  /** Ends the process; everything that waits for it throws `aborted`. */
  readonly signal?: AbortSignal;
}

export interface TransformersVersions {
  readonly python: string;
  readonly transformers: string;
  readonly torch: string;
}

/** A token and its logit. */
export interface Choice {
  readonly token: number;
  readonly logit: number;
}

export interface TransformersSequence extends ReferenceSequence {
  /** The first choices after the last token, as transformers ranks them, at most five. */
  readonly firstChoices: readonly Choice[];
}

/** A model opened in Hugging Face transformers, in a Python process of its own. Close it when done. */
export interface TransformersModel extends ReferenceModel {
  readonly versions: TransformersVersions;
  start(): TransformersSequence;
  encode(text: string): Promise<number[]>;
  /** Without special tokens. */
  decode(tokens: readonly number[]): Promise<string>;
  close(): Promise<void>;
}

const versions = z.object({ python: z.string(), transformers: z.string(), torch: z.string() });
const shape = z.array(z.int().min(0)).min(1);
const choices = z.object({ top: z.array(z.int().min(0)).min(1), topLogits: z.array(z.number().nullable()) });

/**
 * Opens a model in transformers: CPU, float32, eager attention, offline. A directory transformers reads itself; a GGUF file, of
 * which it would leave out what a converter wrote elsewhere, and a synthetic model get the weights that we read or make up. Throws `dependency-missing` where Python
 * or a package is not there, with what to install, `dependency-failed` where transformers refuses the model, `aborted`.
 */
export async function openTransformers(
  { directory, spec: model, weights }: Pick<OpenModel, 'directory' | 'spec' | 'weights'>,
  { python, signal }: TransformersOptions = {},
): Promise<TransformersModel> {
  const interpreters = python === undefined ? ['python3', 'python'] : [python];
  const config = configurationOf(directory, model);
  const given = config === null ? [directory] : [config, '--weights-from-stdin'];
  const child = await PythonProcess.start({ interpreters, arguments: given, ...(signal && { signal }) });
  try {
    if (config !== null) await sendWeights(child, weights, signal);
    const found = versions.parse((await child.next()).header);
    const script = new Script(child, model);
    return {
      specificationVersion: 'v1',
      name: `transformers ${found.transformers} with torch ${found.torch}, FP32 on the CPU, eager attention`,
      versions: found,
      taps: (scope) => (scope === 'states' ? stateTaps(model) : [...kernelTaps(model), 'final_norm']),
      start: () => script.start(),
      encode: async (text) => z.array(z.int()).parse((await script.ask({ do: 'encode', text })).tokens),
      decode: async (tokens) => z.string().parse((await script.ask({ do: 'decode', tokens })).text),
      close: () => child.close(),
    };
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** A file, or JSON, of a model whose weights transformers does not read itself; else null. */
function configurationOf(directory: string, model: ModelSpec): string | null {
  if (directory.startsWith(SYNTHETIC)) return directory.slice(SYNTHETIC.length);
  return isGgufPath(directory) ? JSON.stringify(huggingFaceConfig(model)) : null;
}

/** Asks one thing at a time, and knows which sequence the process is at. */
class Script {
  readonly #child: PythonProcess;
  readonly #model: ModelSpec;
  /** The sequence whose cache the process holds. */
  #current: object | null = null;

  constructor(child: PythonProcess, model: ModelSpec) {
    this.#child = child;
    this.#model = model;
  }

  /** Sends a request, gives every frame before the last to `onFrame`, and resolves to the last one's header. */
  async ask(
    request: Readonly<Record<string, unknown>>,
    onFrame: (frame: Frame) => void | Promise<void> = () => {},
  ): Promise<Readonly<Record<string, unknown>>> {
    this.#child.send(request);
    for (;;) {
      const frame = await this.#child.next();
      if (frame.kind === 'done') return frame.header;
      await onFrame(frame);
    }
  }

  start(): TransformersSequence {
    const script = this;
    const states = new Set(stateTaps(this.#model));
    const self = {
      length: 0,
      firstChoices: [] as Choice[],
      async forward({ tokens, taps, onTap, logits, signal }: ForwardRequest): Promise<Tensor> {
        throwIfAborted(signal);
        if (script.#current !== self) {
          if (self.length > 0) throw superseded();
          script.#current = self;
          await script.ask({ do: 'start' });
        }
        const isWanted = (name: string): boolean => taps === 'all' || (taps?.has(name) ?? false);
        const few = taps !== 'all' && [...(taps ?? [])].every((name) => states.has(name));
        const scope = taps === undefined || onTap === undefined ? 'none' : few ? 'states' : 'kernels';
        let answer: Tensor | null = null;
        const request = { do: 'forward', tokens, taps: scope, logits: logits ?? 'last' };
        const last = await script.ask(request, async (frame) => {
          const value = tensorOf(frame);
          if (frame.kind === 'logits') answer = value;
          const name = frame.kind === 'logits' ? 'logits' : String(frame.header.name);
          if (isWanted(name)) await onTap?.({ name, value });
        });
        const { top, topLogits } = choices.parse(last);
        self.firstChoices = top.map((token, i) => ({ token, logit: topLogits[i] ?? Number.NaN }));
        self.length += tokens.length;
        if (answer === null) throw incomplete();
        return answer;
      },
    };
    return self;
  }
}

function tensorOf({ header, data }: Frame): Tensor {
  const parsed = shape.parse(header.shape);
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / Float32Array.BYTES_PER_ELEMENT);
  if (parsed.reduce((product, extent) => product * extent, 1) !== values.length) throw incomplete();
  return { shape: parsed, data: values };
}

function superseded(): TilewrightError {
  return new TilewrightError(
    'usage',
    'Another sequence was started in transformers, which ended this one.',
    'Finish a sequence before you start the next.',
  );
}

function incomplete(): TilewrightError {
  return new TilewrightError(
    'dependency-failed',
    'The answer of transformers is not complete.',
    'Update transformers, or report this as a bug.',
  );
}
