/** Bytes of the kernels' memory that a tile may take; panels lie behind. */
export const TILE_BYTES: number = 2 ** 20;
const MEMORY_BYTES = 64 * 2 ** 20;
const FEWEST_PANELS = 8;

export interface TileSizes {
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
}

/** Addresses of what a core's attention works on. */
export interface TileMemory {
  /** f32 [keys, queries], [width, queries]. */
  readonly scores: number;
  readonly output: number;
  /** f32 [queries]. */
  readonly maximum: number;
  readonly sum: number;
  readonly factor: number;
  readonly sums: number;
  /** int32 [keys / 8, queries], [queries]. */
  readonly exponents: number;
  readonly lowest: number;
  /** Quantised probabilities. */
  readonly mantissas: number;
  readonly units: number;
  /** bf16, as L1 has it. */
  readonly blocks: number;
  readonly scale: number;
  readonly range: number;
  /** Sums that are not certain. */
  readonly list: number;
  readonly bytes: number;
}

export function tileMemory({ queries, keys, width }: TileSizes): TileMemory {
  let next = 16;
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const row = 4 * queries;
  const longest = Math.max(keys, width);
  return {
    scores: take(keys * row),
    output: take(width * row),
    maximum: take(row),
    sum: take(row),
    factor: take(row),
    sums: take(row),
    exponents: take((keys / 8) * row),
    lowest: take(row),
    mantissas: take(2 * keys * queries),
    units: take(keys * queries),
    blocks: take(2 * longest * queries),
    scale: take(16),
    range: take(64),
    list: take(2 * longest * queries),
    bytes: next,
  };
}

/** Whether a tile and the panels of a chunk have room in the kernels' memory. */
export function fitsTile(sizes: TileSizes, panelBytes: number): boolean {
  return tileMemory(sizes).bytes <= TILE_BYTES && panelBytes * FEWEST_PANELS <= MEMORY_BYTES - TILE_BYTES;
}
