import { type OracleOptions, openModel } from '@tilewright/oracle';
import type { Plan, Target } from '@tilewright/spec';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import type { Progress } from '../progress/progress.ts';
import type { Surroundings } from '../terminal/surroundings.ts';
import { type DeployedText, deployedText } from './deployed-text.ts';
import { type ContinuationDifference, oracleContinuation } from './oracle-continuation.ts';

export interface TextBesideOracleRequest {
  readonly modelDirectory: string;
  readonly plan: Plan;
  readonly target: Target;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly surroundings: Pick<Surroundings, 'environment'>;
}

/** The same prompt, continued greedily by the deployment and by the oracle. */
export interface TextBesideOracle {
  readonly prompt: string;
  readonly deployed: DeployedText & { readonly text: string };
  readonly oracle: { readonly tokens: readonly number[]; readonly text: string };
  /** Null where both are identical. */
  readonly firstDifference:
    | (ContinuationDifference & { readonly oursText: string; readonly oracleText: string })
    | null;
}

/** Null where the model has no tokenizer. A prompt that does not fit the plan is cut. */
export function textBesideOracle(request: TextBesideOracleRequest): Promise<TextBesideOracle | null> {
  return withOracleEngine(request.surroundings, (options) => continuedText(request, options));
}

async function continuedText(
  request: TextBesideOracleRequest,
  options: OracleOptions,
): Promise<TextBesideOracle | null> {
  const { plan, signal, progress } = request;
  const model = await openModel(request.modelDirectory, options);
  try {
    const tokenizer = await model.tokenizer().catch(() => null);
    if (tokenizer === null) return null;
    const tokens = tokenizer.encode(request.prompt).slice(0, Math.min(plan.prefillLength, plan.contextLength));
    const deployed = await deployedText({ ...request, model, prompt: tokens, sampling: { kind: 'greedy' } });
    progress.step('the oracle continues the same prompt');
    const oracle = await oracleContinuation(model.oracle, { prompt: tokens, ours: deployed.tokens, signal });
    const difference = oracle.firstDifference;
    return {
      prompt: tokenizer.decode(tokens),
      deployed: { ...deployed, text: tokenizer.decode(deployed.tokens) },
      oracle: { tokens: oracle.tokens, text: tokenizer.decode(oracle.tokens) },
      firstDifference: difference && {
        ...difference,
        oursText: tokenizer.decode([difference.ours]),
        oracleText: tokenizer.decode([difference.oracle]),
      },
    };
  } finally {
    await model.close();
  }
}
