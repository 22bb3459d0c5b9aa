/**
 * Time from a model. Never to be shown as a measurement: the two are different types so that the
 * compiler, and every table, tells them apart.
 */
export interface Estimate {
  readonly kind: 'estimate';
  readonly us: number;
  /** What the time goes to, adding up to `us`. */
  readonly parts: readonly TimePart[];
  /** The resource that binds: `compute`, `l3-bandwidth`, `launch-overhead`, … */
  readonly boundBy: string;
}

/** Time from hardware. */
export interface Measurement {
  readonly kind: 'measurement';
  readonly us: number;
  readonly samples: readonly number[];
  readonly parts: readonly TimePart[];
}

export type Timing = Estimate | Measurement;

export interface TimePart {
  readonly name: string;
  readonly us: number;
}
