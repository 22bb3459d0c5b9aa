import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import { execa } from 'execa';
import { type Frame, FrameReader } from './frame-reader.ts';

export interface PythonProcessOptions {
  /** Interpreters to try, in this order, until one can be started. */
  readonly interpreters: readonly string[];
  readonly arguments: readonly string[];
  readonly signal?: AbortSignal;
}

/** How long a process that is asked to end may take. */
const KILLED_AFTER_MS = 3000;

type Child = ReturnType<typeof launch>;

/** Our script in Python: requests go in as lines, frames come out. It ends when it is closed, cancelled, or we end. */
export class PythonProcess {
  readonly interpreter: string;
  readonly #child: Child;
  readonly #frames: FrameReader;
  readonly #signal: AbortSignal | undefined;

  private constructor(interpreter: string, child: Child, signal: AbortSignal | undefined) {
    this.interpreter = interpreter;
    this.#child = child;
    this.#signal = signal;
    this.#frames = new FrameReader(child.stdout);
  }

  /** Starts the first interpreter that there is. Throws `dependency-missing`, `aborted`. */
  static async start({ interpreters, arguments: given, signal }: PythonProcessOptions): Promise<PythonProcess> {
    for (const interpreter of interpreters) {
      throwIfAborted(signal);
      const child = launch(interpreter, given, signal);
      // What it could not be sent shows in what it answers.
      child.stdin.on('error', () => {});
      if (await hasStarted(child)) return new PythonProcess(interpreter, child, signal);
    }
    const tried = interpreters.join(', ');
    throw new TilewrightError(
      'dependency-missing',
      `No Python was found to run transformers with (tried ${tried}).`,
      'Install Python 3.10 or later with `pip install torch transformers safetensors`, or set TILEWRIGHT_PYTHON to one that has them.',
      { expected: 'a Python interpreter', got: tried },
    );
  }

  send(request: Readonly<Record<string, unknown>>): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** Sends data behind a request. Resolves when more may follow; false where the process takes no more. */
  async sendData(request: Readonly<Record<string, unknown>>, data: Uint8Array): Promise<boolean> {
    this.send(request);
    return new Promise((resolve) => {
      this.#child.stdin.write(data, (error) => resolve(error === null || error === undefined));
    });
  }

  /** The next frame. Throws `aborted`, `dependency-missing`, `dependency-failed`, or what the script reports. */
  async next(): Promise<Frame> {
    const frame = await this.#frames.next();
    if (frame === null) throw await this.#ended();
    if (frame.kind === 'error') throw reported(frame.header, this.interpreter);
    return frame;
  }

  /** Ends it, and waits until it has. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    this.#child.kill();
    await this.#child;
  }

  async #ended(): Promise<TilewrightError> {
    const { stderr, exitCode, signal } = await this.#child;
    throwIfAborted(this.#signal);
    const said = new TextDecoder().decode(stderr).trim().split('\n').at(-1);
    const how = signal === undefined ? `with exit status ${exitCode ?? 'none'}` : `by ${signal}`;
    return new TilewrightError(
      'dependency-failed',
      `${this.interpreter} ended ${how} before it had answered${said ? `: ${said}` : '.'}`,
      signal === 'SIGKILL'
        ? 'It may have run out of memory: a model takes four bytes per weight there. Try a smaller one.'
        : 'Set TILEWRIGHT_PYTHON to a Python that has torch, transformers and safetensors.',
      { interpreter: this.interpreter, exitCode },
    );
  }
}

// The type of a child follows from its options, so it is inferred.
function launch(interpreter: string, given: readonly string[], cancelSignal: AbortSignal | undefined) {
  return execa(interpreter, [scriptFile(), ...given], {
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
    reject: false,
    env: { TOKENIZERS_PARALLELISM: 'false', HF_HUB_OFFLINE: '1', PYTHONIOENCODING: 'utf-8' },
    forceKillAfterDelay: KILLED_AFTER_MS,
    ...(cancelSignal && { cancelSignal }),
  });
}

async function hasStarted(child: Child): Promise<boolean> {
  if (child.pid !== undefined) return true;
  await child;
  return false;
}

/** The script as it is shipped, found from sources and from what is built alike. */
function scriptFile(): string {
  const manifest = createRequire(import.meta.url).resolve('@tilewright/oracle/package.json');
  return join(dirname(manifest), 'python', 'reference.py');
}

function reported(header: Readonly<Record<string, unknown>>, interpreter: string): TilewrightError {
  const message = String(header.message);
  if (header.code === 'packages-missing') {
    return new TilewrightError(
      'dependency-missing',
      `${interpreter}: ${message}`,
      `Run \`${interpreter} -m pip install torch transformers safetensors\`, or set TILEWRIGHT_PYTHON to a Python that has them.`,
      { interpreter, missing: header.missing },
    );
  }
  return new TilewrightError(
    'dependency-failed',
    header.code === 'model-refused'
      ? `transformers cannot open the model: ${message}`
      : `transformers failed at what it was asked: ${message}`,
    header.code === 'model-refused'
      ? 'Give a directory with config.json and safetensors that the installed version of transformers reads.'
      : 'Update transformers and torch, or report this as a bug.',
    { interpreter },
  );
}
