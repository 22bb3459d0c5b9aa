import { blockGate, modelGate, POLICY } from '@tilewright/gates';
import type { DeployedModel, GateReport, PlanEdit } from '@tilewright/spec';
import { gateRequest, type PhaseContext } from '../phase/phase-context.ts';

/** Short prompts: what an edit breaks it breaks in them too, and padding makes them cost a full prefill anyway. */
const PROMPT_TOKENS = 13;
/** A buffer that is overwritten shows in the second pass, and no sooner. */
const PASSES = 2;

/**
 * The gate of one attempt, on what its edits touch: blocks by themselves for prefill and decode, with the
 * oracle's input and KV cache, and what is touched run twice; the whole model for the head, which no block has.
 */
export async function attemptGate(
  context: PhaseContext,
  phase: number,
  deployed: DeployedModel,
  edits: readonly PlanEdit[],
): Promise<GateReport> {
  const sections = new Set(edits.map(({ section }) => section));
  const seeds = Array.from(
    { length: sections.has('prefill') ? PASSES : 1 },
    (_, index) => context.seed + phase + index,
  );
  // A section that the edits leave alone is as it was when its gate passed.
  const decodeSteps = sections.has('decode') ? PASSES : 0;
  const promptTokens = Math.min(PROMPT_TOKENS, context.prefillTokens, context.contextLength - decodeSteps);
  const request = { ...gateRequest(context, deployed, phase), seeds, promptTokens };
  if (!sections.has('head')) return blockGate({ ...request, decodeSteps });
  const room = Math.min(promptTokens, context.contextLength - POLICY.model.greedyTokens);
  const report = await modelGate({ ...request, promptTokens: room, seeds: seeds.slice(0, 1) });
  const isOnlyHead = sections.size === 1;
  return report.verdict !== 'pass' || isOnlyHead ? report : blockGate({ ...request, decodeSteps });
}
