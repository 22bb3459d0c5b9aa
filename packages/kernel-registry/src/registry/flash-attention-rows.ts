import type { PublishedRow } from './published-rows.ts';
import { shapeOf, type Translated, tileOf } from './row-values.ts';

/** The shape that a row means which states a condition only: that of the first published row. */
const USUAL_SHAPE = { heads: 32, keyValueHeads: 8, rows: 2048, headDim: 64 } as const;

/** What a condition may set. */
const SETTINGS: ReadonlySet<string> = new Set(['lqp', 'lkp', 'num_q_tiles', 'num_cascade_stages', 'tile_q']);

interface AttentionShape {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly rows: number;
  readonly headDim: number;
  readonly causal: number;
}

/**
 * The cascade variant of FlashAttention. What a row leaves open is filled in as the publisher usually has it
 * (dataflows.md, 7.1); a row without shape is read from its condition (`num_cascade_stages=8`).
 */
export function flashAttentionRow(row: PublishedRow): Translated | null {
  const shape = attentionShape(row);
  if (shape === null || (row.tile === undefined && row.condition === undefined)) return null;
  if (row.tile?.causal_skip === true) return null;
  const { headDim, causal } = shape;
  const given = conditions(row);
  const of = (name: string): number | undefined => tileOf(row, name) ?? given[name];
  const tileQ = of('tile_q');
  const lkp = of('lkp') ?? (headDim >= 256 ? 32 : 64);
  const numQTiles =
    of('num_q_tiles') ?? Math.max(1, Math.floor((of('lqp') ?? 256) / (row.tile ? (tileQ ?? lkp) : lkp)));
  const chunks = of('dv_chunks');
  const config = {
    layout: 'heads-first',
    lqp: of('lqp') ?? (tileQ ?? lkp) * numQTiles,
    lkp,
    numQTiles,
    numCascadeStages: of('num_cascade_stages') ?? 4,
    headsPerUnroll: of('num_heads_per_unroll') ?? (numQTiles > 4 ? 1 : 2),
    dvTile: of('dv_tile') ?? (chunks === undefined ? Math.min(lkp, headDim) : headDim / chunks),
  };
  const names = { lqp: 'lqp', lkp: 'lkp', numQTiles: 'num_q_tiles', numCascadeStages: 'num_cascade_stages' };
  const assumed = [
    ...(row.shape === undefined ? Object.keys(USUAL_SHAPE) : []),
    ...Object.entries({ ...names, headsPerUnroll: 'num_heads_per_unroll' })
      .filter(([, published]) => of(published) === undefined)
      .map(([name]) => name),
    ...(of('dv_tile') === undefined && chunks === undefined ? ['dvTile'] : []),
  ];
  return { shape: { ...shape, ...widths(shape) }, stated: Object.keys({ ...USUAL_SHAPE, causal }), config, assumed };
}

/** The temporal-causal variant: eight query tiles per head, each as long as a chunk of keys. */
export function temporalAttentionRow(row: PublishedRow): Translated | null {
  const shape = attentionShape(row);
  const lkp = tileOf(row, 'lkp');
  if (shape === null || lkp === undefined) return null;
  const stated = Object.keys(shape);
  const config = { layout: 'sequence-first', lqp: tileOf(row, 'lqp') ?? 8 * lkp, lkp };
  return { shape: { ...shape, ...widths(shape) }, stated, config, assumed: ['layout'] };
}

function attentionShape(row: PublishedRow): AttentionShape | null {
  if (row.shape === undefined) {
    if (row.condition === undefined || Object.keys(conditions(row)).length === 0) return null;
    return { ...USUAL_SHAPE, causal: row.condition.includes('non-causal') ? 0 : 1 };
  }
  const headDim = shapeOf(row, 'dk');
  const rows = shapeOf(row, 'lq');
  const [heads, keyValueHeads] = [shapeOf(row, 'q_heads'), shapeOf(row, 'kv_heads')];
  // Another value width, other keys than queries, or a window: not built here.
  if (headDim !== shapeOf(row, 'dv') || rows !== shapeOf(row, 'lk') || row.shape.window !== undefined) return null;
  if (headDim === undefined || rows === undefined || heads === undefined || keyValueHeads === undefined) return null;
  return { heads, keyValueHeads, rows, headDim, causal: row.shape.causal === true ? 1 : 0 };
}

function widths({ heads, keyValueHeads, headDim }: AttentionShape): Readonly<Record<string, number>> {
  return { scaleDim: headDim, queryWidth: heads * headDim, keyValueWidth: keyValueHeads * headDim };
}

/** `name=8`, `name in {128,256}` (the first of them), and `tile_q != lkp`, by the publisher's names. */
function conditions({ condition = '' }: PublishedRow): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [, name, value] of condition.matchAll(/(\w+) *(?:=|in \{) *(\d+)/g)) {
    if (name !== undefined && SETTINGS.has(name)) found[name] = Number(value);
  }
  if (/tile_q *!= *lkp/.test(condition)) found.tile_q = 128;
  return found;
}
