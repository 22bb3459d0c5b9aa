import { type Tensor, throwIfAborted } from '@tilewright/spec';
import type { Policy } from '../policy/policy.ts';
import { type ExpectedTap, expectedKernels, type Section } from './expected-tap.ts';
import type { GateRequest } from './gate-request.ts';
import { judge } from './judge.ts';
import type { Ledger } from './ledger.ts';

/**
 * Repeats a run that failed, nothing fed but its tokens, and notes in the ledger the first kernel in
 * execution order whose value leaves the block's tolerance. With the error of all layers before it in
 * its inputs, this is where the deviation shows, and next to where it arises.
 */
export async function localise(
  { oracle, deployed, signal }: GateRequest,
  policy: Policy,
  prompt: readonly number[],
  continuation: readonly number[],
  ledger: Ledger,
): Promise<void> {
  const expected = expectedKernels(oracle.model, policy).map((tap) => ({ ...tap, tolerance: policy.block }));
  const places = new Map(expected.map((tap, order) => [tap.name, order]));
  const reference = oracle.start();
  const ours = deployed.start();
  const calls = [prompt, ...continuation.slice(0, -1).map((token) => [token])];
  for (const [step, tokens] of calls.entries()) {
    throwIfAborted(signal);
    const section: Section = step === 0 ? 'prefill' : 'decode';
    const truth = new Map<string, Tensor>();
    const call = { tokens, logits: 'all', ...(signal && { signal }) } as const;
    await reference.forward({ ...call, taps: 'all', onTap: ({ name, value }) => void truth.set(name, value) });
    let first: number | null = null;
    await ours.forward({
      ...call,
      taps: new Set(places.keys()),
      onTap: ({ name, value }) => {
        const order = places.get(name);
        const expectation = truth.get(name);
        if (order === undefined || expectation === undefined || (first !== null && order >= first)) return;
        if (judge(name, value, expectation, policy.block).failures.length > 0) first = order;
      },
    });
    if (first !== null) {
      ledger.deviates(section, first, expected[first] as ExpectedTap);
      return;
    }
  }
}
