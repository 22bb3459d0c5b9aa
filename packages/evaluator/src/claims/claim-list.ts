import type { ClaimComparison } from '@tilewright/spec';

/** Claims as they are compared, in order. */
export class ClaimList {
  readonly comparisons: ClaimComparison[] = [];

  /** Text against text. */
  same(claim: string, claimed: string | number, found: string | number): void {
    this.add(claim, String(claimed), String(found), claimed === found);
  }

  add(claim: string, claimed: string, found: string, agrees: boolean): void {
    this.comparisons.push({ claim, claimed, found, agrees });
  }

  /** A number against a range; what is not a number agrees with nothing. */
  within(claim: string, claimed: number, low: number, high: number, unit: string): void {
    const agrees = claimed >= low && claimed <= high;
    this.add(claim, `${show(claimed)} ${unit}`, `${show(low)} to ${show(high)} ${unit}`, agrees);
  }
}

function show(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(6) : String(value);
}
