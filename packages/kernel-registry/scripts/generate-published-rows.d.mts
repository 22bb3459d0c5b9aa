import type { PublishedRow } from '../src/registry/published-rows.ts';

/** The rows of facts/kernels.json that concern kernels of the registry, with the fields that it uses. */
export function selectPublishedRows(facts: readonly Readonly<Record<string, unknown>>[]): readonly PublishedRow[];
