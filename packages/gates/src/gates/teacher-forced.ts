import {
  type DeployedSequence,
  layerOps,
  layerTap,
  type ModelSpec,
  type OracleSequence,
  RuntimeFault,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import type { ExpectedTap, Section } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import type { Ledger } from './ledger.ts';
import { ReferenceCall } from './reference-call.ts';
import type { Trial } from './trial.ts';

/** What of the oracle's values the deployment is made to use. */
export interface Forcing {
  /** Taps that are replaced by the oracle's before anything reads them. */
  readonly isFed: (tap: string) => boolean;
  /** Whether decode steps start from the oracle's KV cache. */
  readonly cache: boolean;
}

/**
 * Runs a trial on both sides, prefill and decode steps, and compares every expected tap as it comes. The oracle
 * computes as far as the deployment asks: of its values two layers are held.
 */
export async function compareTrial(
  request: GateRequest,
  trial: Trial,
  expected: (section: Section) => readonly ExpectedTap[],
  forcing: Forcing,
  ledger: Ledger,
): Promise<void> {
  const sides = { oracle: request.oracle.start(), deployed: request.deployed.start() };
  const { isFed, cache } = forcing;
  const call = (tokens: readonly number[], section: Section): Call => ({
    model: request.oracle.model,
    tokens,
    section,
    expected: expected(section),
    isFed,
    offered: request.deployed.taps(section),
  });
  try {
    await compareCall(sides, call(trial.prompt, 'prefill'), request.signal, ledger);
    for (const token of trial.continuation) {
      if (cache) copyCache(request.oracle.model.layers, sides.oracle, sides.deployed);
      await compareCall(sides, call([token], 'decode'), request.signal, ledger);
    }
  } catch (error) {
    bookFault(error, ledger);
  }
}

/** A fault of the device is a finding; anything else is for the caller. */
export function bookFault(error: unknown, ledger: Ledger): void {
  if (!TilewrightError.isInstance(error) || error.code !== 'runtime-fault') throw error;
  const subject = error instanceof RuntimeFault ? error.dispatch : String(error.details.dispatch ?? 'dispatch');
  ledger.fail({ kind: 'runtime-fault', subject, message: error.message, limit: null, value: null }, 0);
}

function copyCache(layers: number, oracle: OracleSequence, deployed: DeployedSequence): void {
  for (let layer = 0; layer < layers; layer++) {
    const { keys, values } = oracle.keyValues(layer);
    deployed.setKeyValues(layer, keys, values);
  }
}

/** One call on both sides. */
export interface Call {
  readonly model: ModelSpec;
  readonly tokens: readonly number[];
  readonly section: Section;
  /** In execution order. */
  readonly expected: readonly ExpectedTap[];
  readonly isFed: Forcing['isFed'];
  /** Taps within a layer that the deployment has in this section. It would refuse to be asked for others. */
  readonly offered: readonly string[];
}

/** The logits of one call, [tokens or 1, vocabulary] on both sides. */
export interface CallLogits {
  readonly ours: Tensor;
  readonly reference: Tensor;
}

/** Makes one call on both sides and compares what is expected of it. */
export async function compareCall(
  sides: { readonly oracle: OracleSequence; readonly deployed: DeployedSequence },
  { model, tokens, section, expected, isFed, offered }: Call,
  signal: AbortSignal | undefined,
  ledger: Ledger,
): Promise<CallLogits> {
  throwIfAborted(signal);
  const places = new Map(expected.map((tap, order) => [tap.name, order]));
  const logits = places.has('logits') ? 'all' : 'last';
  const common = { tokens, logits, ...(signal && { signal }) } as const;

  const asked = askable(expected, offered);
  const fed = new Set(callTaps(model).filter(isFed));
  const truth = new ReferenceCall(sides.oracle, { ...common, compared: asked, fed });

  const delivered = new Set<string>();
  const settle = (name: string, value: Tensor, expectation: Tensor | undefined): void => {
    const order = places.get(name);
    if (order === undefined || expectation === undefined) return;
    ledger.compare(section, order, expected[order], value, expectation);
    truth.settle(name);
    delivered.add(name);
  };
  let ours: Tensor;
  try {
    ours = await sides.deployed.forward({
      ...common,
      taps: asked,
      onTap: async ({ name, value }) => {
        if (name !== 'logits') settle(name, value, await truth.value(name));
      },
      feed: (name) => (fed.has(name) ? truth.value(name) : undefined),
    });
  } catch (error) {
    await truth.abandon();
    throw error;
  }
  const reference = await truth.logits();
  if (places.has('logits')) settle('logits', ours, reference);
  for (const [order, tap] of expected.entries()) {
    if (!delivered.has(tap.name)) ledger.misses(section, order, tap);
  }
  return { ours, reference };
}

/** The taps of a call that a deployment may be fed with: all but the logits. */
function callTaps(model: ModelSpec): string[] {
  const within = ['input', ...layerOps(model).map(({ output }) => output)];
  const layers = Array.from({ length: model.layers }, (_, layer) => within.map((name) => layerTap(layer, name)));
  return ['embedding', ...layers.flat(), 'final_norm'];
}

/** What can be asked for; logits come as the answer. What cannot be asked for will be missing. */
function askable(expected: readonly ExpectedTap[], offered: readonly string[]): Set<string> {
  const within = new Set(offered);
  const asked = expected.filter(({ name, layer, kernel }) => (layer === null ? name !== 'logits' : within.has(kernel)));
  return new Set(asked.map(({ name }) => name));
}
