/** USD per million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Tokens written to the cache for five minutes; default 1.25 times the input. */
  readonly cacheWritePerMillion?: number;
  /** Tokens written to the cache for an hour; default 2 times the input. */
  readonly longCacheWritePerMillion?: number;
  /** Default 0.1 times the input. */
  readonly cacheReadPerMillion?: number;
}

/** Prices by the model's name. */
export type PriceList = Readonly<Record<string, ModelPrice>>;

/** A price of the list, and from when it is. */
export interface ListPrice extends ModelPrice {
  /** The month to which the public price list is known. It may have changed since. */
  readonly asKnown: string;
  readonly source: string;
}

const FROM_PUBLIC_LIST = { asKnown: '2026-02', source: 'https://www.anthropic.com/pricing' } as const;
const OPUS: ListPrice = { inputPerMillion: 5, outputPerMillion: 25, ...FROM_PUBLIC_LIST };
const SONNET: ListPrice = { inputPerMillion: 3, outputPerMillion: 15, ...FROM_PUBLIC_LIST };
const HAIKU: ListPrice = { inputPerMillion: 1, outputPerMillion: 5, ...FROM_PUBLIC_LIST };

/**
 * List prices as known, of prompts up to 200,000 tokens. They were not looked up where this was written, and are no bill.
 * A model that is not here has no price: give yours with `prices`.
 */
export const LIST_PRICES: Readonly<Record<string, ListPrice>> = {
  'claude-opus-4-6': OPUS,
  'claude-opus-4-5': OPUS,
  'claude-sonnet-4-6': SONNET,
  'claude-sonnet-4-5': SONNET,
  'claude-haiku-4-5': HAIKU,
};

/** The price of a model, also of one that is named with its date (`-20251001`); null where there is none. */
export function priceOf(model: string, prices: PriceList): ModelPrice | null {
  for (const list of [prices, LIST_PRICES]) {
    for (const name of [model, model.replace(/-\d{8}$/, '')]) {
      if (Object.hasOwn(list, name)) return list[name] as ModelPrice;
    }
  }
  return null;
}
