import {
  type DeployedSequence,
  type OracleSequence,
  RuntimeFault,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';
import type { ExpectedTap, Section } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import type { Ledger } from './ledger.ts';
import type { Trial } from './trial.ts';

/** What of the oracle's values the deployment is made to use. */
export interface Forcing {
  /** Taps that are replaced by the oracle's before anything reads them. */
  readonly isFed: (tap: string) => boolean;
  /** Whether decode steps start from the oracle's KV cache. */
  readonly cache: boolean;
}

/**
 * Runs a trial on both sides, prefill and decode steps, and compares every expected tap. The oracle's
 * values of one call are kept, because they may be fed; the deployment's are compared as they come.
 */
export async function compareTrial(
  request: GateRequest,
  trial: Trial,
  expected: (section: Section) => readonly ExpectedTap[],
  forcing: Forcing,
  ledger: Ledger,
): Promise<void> {
  const oracle = request.oracle.start();
  const deployed = request.deployed.start();
  try {
    await compareCall(request, oracle, deployed, trial.prompt, 'prefill', expected('prefill'), forcing, ledger);
    for (const token of trial.continuation) {
      if (forcing.cache) copyCache(request.oracle.model.layers, oracle, deployed);
      await compareCall(request, oracle, deployed, [token], 'decode', expected('decode'), forcing, ledger);
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

async function compareCall(
  { signal }: GateRequest,
  oracle: OracleSequence,
  deployed: DeployedSequence,
  tokens: readonly number[],
  section: Section,
  expected: readonly ExpectedTap[],
  { isFed }: Forcing,
  ledger: Ledger,
): Promise<void> {
  throwIfAborted(signal);
  const places = new Map(expected.map((tap, order) => [tap.name, order]));
  const logits = places.has('logits') ? 'all' : 'last';
  const common = { tokens, logits, ...(signal && { signal }) } as const;

  const reference = new Map<string, Tensor>();
  const referenceLogits = await oracle.forward({
    ...common,
    taps: 'all',
    onTap: ({ name, value }) => {
      if (places.has(name) || isFed(name)) reference.set(name, value);
    },
  });
  reference.set('logits', referenceLogits);

  const delivered = new Set<string>();
  const settle = (name: string, value: Tensor): void => {
    const order = places.get(name);
    const truth = reference.get(name);
    if (order === undefined || truth === undefined) return;
    ledger.compare(section, order, expected[order] as ExpectedTap, value, truth);
    delivered.add(name);
  };
  const ourLogits = await deployed.forward({
    ...common,
    taps: new Set([...places.keys()].filter((name) => name !== 'logits')),
    onTap: ({ name, value }) => {
      if (name !== 'logits') settle(name, value);
    },
    feed: (name) => (isFed(name) ? reference.get(name) : undefined),
  });
  if (places.has('logits')) settle('logits', ourLogits);
  for (const [order, tap] of expected.entries()) {
    if (!delivered.has(tap.name)) ledger.misses(section, order, tap);
  }
}
