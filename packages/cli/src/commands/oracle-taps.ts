import { rootMeanSquare } from '@tilewright/gates';
import { type OracleOptions, openModel, tapNames } from '@tilewright/oracle';
import { type Tensor, TilewrightError } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../model/resolve-model.ts';
import { withOracleEngine } from '../model/with-oracle-engine.ts';
import { type PromptRequest, promptTokens } from './prompt-tokens.ts';

export interface OracleTapsRequest extends PromptRequest {
  readonly model: string;
  /** Glob patterns (`*` is any run of characters); none is all taps. */
  readonly names: readonly string[];
}

export interface OracleTapsResult {
  readonly directory: string;
  readonly tokens: readonly number[];
  /** In execution order. */
  readonly taps: readonly TapSummary[];
}

export interface TapSummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly min: number;
  readonly max: number;
  readonly meanAbsolute: number;
  readonly rootMeanSquare: number;
}

/** Runs the oracle on a prompt and summarises every tap that the patterns name. */
export function oracleTaps(request: OracleTapsRequest, context: CommandContext): Promise<OracleTapsResult> {
  return withOracleEngine(context.surroundings, (options) => summarisedTaps(request, context, options));
}

async function summarisedTaps(
  request: OracleTapsRequest,
  context: CommandContext,
  options: OracleOptions,
): Promise<OracleTapsResult> {
  const { signal, progress } = context;
  const model = await openModel((await resolveModel(request.model, context)).path, options);
  try {
    const names = selectTaps(tapNames(model.spec), request.names);
    const tokens = await promptTokens(request, model);
    const summaries: TapSummary[] = [];
    await model.oracle.start().forward({
      tokens,
      taps: new Set(names),
      logits: 'all',
      onTap: ({ name, value }) => {
        summaries.push(summarise(name, value));
        progress.step(`${name} (${summaries.length} of ${names.length})`);
      },
      signal,
    });
    return { directory: model.directory, tokens, taps: summaries };
  } finally {
    await model.close();
  }
}

function selectTaps(known: readonly string[], patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0) return known;
  const matchers = patterns.map((pattern) => ({ pattern, expression: globExpression(pattern) }));
  for (const { pattern, expression } of matchers) {
    if (known.some((name) => expression.test(name))) continue;
    throw new TilewrightError(
      'usage',
      `No tap of this model matches ${pattern}.`,
      `Taps are ${known[0]}, layers.N.<kernel> (such as ${known[2]}), final_norm and logits; * matches anything.`,
      { field: '--names', got: pattern },
    );
  }
  return known.filter((name) => matchers.some(({ expression }) => expression.test(name)));
}

function globExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function summarise(name: string, { shape, data }: Tensor): TapSummary {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let absolute = 0;
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
    absolute += Math.abs(value);
  }
  return {
    name,
    shape,
    min,
    max,
    meanAbsolute: absolute / data.length,
    rootMeanSquare: rootMeanSquare(data),
  };
}
