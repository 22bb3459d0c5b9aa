import rows from './published-rows.json' with { type: 'json' };

/**
 * One published measurement or failure of another project (MLIR-AIR), as facts/kernels.json has it;
 * units and meaning of the fields are described in facts/README.md. None of it was measured by us.
 */
export interface PublishedRow {
  readonly id: string;
  readonly group: string;
  /** The publisher's name of the kernel: `GEMM`, `EltwiseAdd`, … */
  readonly kernel: string;
  readonly contract?: string;
  readonly method?: string;
  readonly precision_tier?: string;
  readonly shape?: Readonly<Record<string, number | string | boolean>>;
  readonly tile?: Readonly<Record<string, unknown>>;
  /** Columns by rows. */
  readonly herd?: readonly number[];
  readonly output_format?: string;
  readonly ping_pong?: boolean;
  /** What a row without shape or tiles says about them, in words. */
  readonly condition?: string;
  readonly latency_us?: number;
  /** True where the latency follows from a printed rate. */
  readonly latency_derived?: boolean;
  readonly mean_rel_L1?: number;
  readonly status?: string;
  readonly measured?: string;
  readonly platform?: string;
  readonly source_file?: string;
  readonly note?: string;
}

/** Every published row about a kernel of the registry, also of methods that it does not build, and of failures. */
export const PUBLISHED_ROWS: readonly PublishedRow[] = rows as readonly unknown[] as readonly PublishedRow[];
