/**
 * One thing that every implementation of a contract must do. `run` rejects with an Error that says what was
 * expected and what happened; it needs no test runner, so hand it to the one you have:
 * `for (const { name, run } of cases) test(name, run)`.
 */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}
