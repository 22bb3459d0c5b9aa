import { blockGate, type GateRequest, kernelGate, modelGate, POLICY } from '@tilewright/gates';
import type { DeployedModel, GateReport } from '@tilewright/spec';
import type { Objective } from '../time/plan-timing.ts';
import { buildOracle } from './build-oracle.ts';
import { gateRequest, type PhaseContext } from './phase-context.ts';

export interface PhaseDefinition {
  readonly phase: number;
  readonly title: string;
  readonly gate: string;
}

export interface OraclePhase extends PhaseDefinition {
  readonly kind: 'oracle';
  readonly run: (context: PhaseContext) => Promise<GateReport>;
}

/** Validates a plan; debug skills may change it until it passes. */
export interface ValidationPhase extends PhaseDefinition {
  readonly kind: 'validation';
  readonly run: (context: PhaseContext, deployed: DeployedModel) => Promise<GateReport>;
}

/** Makes a validated plan faster; `run` is the gate that closes it. */
export interface OptimizationPhase extends PhaseDefinition {
  readonly kind: 'optimization';
  readonly objective: Objective;
  readonly run: (context: PhaseContext, deployed: DeployedModel) => Promise<GateReport>;
}

/** Writes what the deployment leaves: runner, profile, lessons. */
export interface HarvestPhase extends PhaseDefinition {
  readonly kind: 'harvest';
}

export type Phase = OraclePhase | ValidationPhase | OptimizationPhase | HarvestPhase;

/** Decode steps that the gates for kernels and blocks look at. */
const DECODE_STEPS = 3;
/** Prompts end within a tile, so that padding is tried too. */
const SHORT_OF_FULL = 3;
/** Tokens of a free run's prompt: long enough to cross tiles, short enough to leave time for what follows. */
const RUN_PROMPT_TOKENS = 61;

export const PHASES: readonly Phase[] = [
  { phase: 0, title: 'Build the oracle', gate: 'oracle', kind: 'oracle', run: buildOracle },
  {
    phase: 1,
    title: 'Validate every kernel',
    gate: 'kernels',
    kind: 'validation',
    run: (context, deployed) => kernelGate({ ...isolated(context, deployed, 1), decodeSteps: DECODE_STEPS }),
  },
  {
    phase: 2,
    title: 'Validate each block',
    gate: 'blocks',
    kind: 'validation',
    run: (context, deployed) => blockGate({ ...isolated(context, deployed, 2), decodeSteps: DECODE_STEPS }),
  },
  {
    phase: 3,
    title: 'Validate the whole model',
    gate: 'model',
    kind: 'validation',
    run: (context, deployed) => wholeModel(context, deployed, 3),
  },
  {
    phase: 4,
    title: 'Optimise prefill',
    gate: 'prefill',
    kind: 'optimization',
    objective: 'timeToFirstToken',
    run: (context, deployed) => wholeModel(context, deployed, 4),
  },
  {
    phase: 5,
    title: 'Optimise decode',
    gate: 'decode',
    kind: 'optimization',
    objective: 'token',
    run: (context, deployed) => wholeModel(context, deployed, 5),
  },
  { phase: 6, title: 'Profile and harvest', gate: 'deployment', kind: 'harvest' },
];

/** The smallest context in which the gates can run. */
export const SMALLEST_CONTEXT: number = POLICY.model.greedyTokens + SHORT_OF_FULL + 1;

function isolated(context: PhaseContext, deployed: DeployedModel, phase: number): GateRequest {
  const longest = Math.min(context.prefillTokens, context.contextLength - DECODE_STEPS);
  return { ...gateRequest(context, deployed, phase), promptTokens: Math.max(1, longest - SHORT_OF_FULL) };
}

function wholeModel(context: PhaseContext, deployed: DeployedModel, phase: number): Promise<GateReport> {
  const room = context.contextLength - POLICY.model.greedyTokens;
  const promptTokens = Math.min(RUN_PROMPT_TOKENS, context.prefillTokens, room);
  const prompts = context.prompts.filter(({ tokens }) => tokens.length <= Math.min(context.prefillTokens, room));
  return modelGate({ ...gateRequest(context, deployed, phase), promptTokens, prompts });
}
