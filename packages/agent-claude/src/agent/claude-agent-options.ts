import { TilewrightError } from '@tilewright/spec';
import type { PriceList } from '../usage/prices.ts';

/** How much the model puts into an answer. Not every model takes it. */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

export interface ClaudeAgentOptions {
  /** Of the Messages API. One of the two must be there when the agent is asked first. */
  readonly apiKey?: string | undefined;
  readonly authToken?: string | undefined;
  /** Default: https://api.anthropic.com */
  readonly baseUrl?: string | undefined;
  /** Default: `DEFAULT_MODEL`. */
  readonly model?: string | undefined;
  /** Default: the model's own. */
  readonly effort?: Effort | undefined;
  /** Default: the model's own. */
  readonly thinking?: 'adaptive' | 'disabled' | undefined;
  /** Of one answer. Default: 16,000. */
  readonly maxOutputTokens?: number | undefined;
  /** Of one conversation, by a rough count: above it the results of older looks are cut. Default: 150,000. */
  readonly maxContextTokens?: number | undefined;
  /** After so many answers without a decision the agent gives up. Default: 24. */
  readonly maxRequestsPerDecision?: number | undefined;
  /** In a row, of one request. Default: 6. */
  readonly maxRetries?: number | undefined;
  /** Before the first retry, where the service does not say how long; doubles each time, up to 30 s. Default: 1000. */
  readonly retryDelayMs?: number | undefined;
  /** How long the service may ask to wait; where it asks for more, the deployment ends, to be continued. Default: 10 min. */
  readonly maxWaitMs?: number | undefined;
  /** For models without a list price, or where yours is another. */
  readonly prices?: PriceList | undefined;
  /** Told in one line that a request failed and will be made again, and when. */
  readonly onWait?: ((line: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
}

type Optional = 'apiKey' | 'authToken' | 'effort' | 'thinking' | 'onWait' | 'fetch';

/** With every default in its place. */
export type ClaudeAgentSettings = Pick<ClaudeAgentOptions, Optional> & {
  readonly [Name in Exclude<keyof ClaudeAgentOptions, Optional>]-?: NonNullable<ClaudeAgentOptions[Name]>;
};

/** The model that the SDK's own examples name. */
export const DEFAULT_MODEL = 'claude-opus-5-5';

/** With the defaults. Throws `config-invalid` with the field. */
export function settled(options: ClaudeAgentOptions): ClaudeAgentSettings {
  const settings: ClaudeAgentSettings = {
    ...options,
    baseUrl: options.baseUrl ?? 'https://api.anthropic.com',
    model: options.model ?? DEFAULT_MODEL,
    maxOutputTokens: options.maxOutputTokens ?? 16_000,
    maxContextTokens: options.maxContextTokens ?? 150_000,
    maxRequestsPerDecision: options.maxRequestsPerDecision ?? 24,
    maxRetries: options.maxRetries ?? 6,
    retryDelayMs: options.retryDelayMs ?? 1000,
    maxWaitMs: options.maxWaitMs ?? 600_000,
    prices: options.prices ?? {},
  };
  for (const field of ['maxOutputTokens', 'maxContextTokens', 'maxRequestsPerDecision'] as const) {
    if (!Number.isSafeInteger(settings[field]) || settings[field] < 1)
      throw invalid(field, settings[field], 'a whole number of at least 1');
  }
  for (const field of ['maxRetries', 'retryDelayMs', 'maxWaitMs'] as const) {
    if (!(settings[field] >= 0)) throw invalid(field, settings[field], 'a number of at least 0');
  }
  if (settings.model.trim() === '') throw invalid('model', settings.model, 'the name of a model');
  if (settings.effort !== undefined && !EFFORTS.includes(settings.effort))
    throw invalid('effort', settings.effort, `one of ${EFFORTS.join(', ')}`);
  if (!URL.canParse(settings.baseUrl)) throw invalid('baseUrl', 'something else', 'a URL');
  return settings;
}

function invalid(field: string, got: string | number, expected: string): TilewrightError {
  return new TilewrightError(
    'config-invalid',
    `claudeAgent: ${field} is ${got === '' ? 'empty' : got}, not ${expected}.`,
    `Give ${field} as ${expected}, or leave it out.`,
    { field, expected },
  );
}
