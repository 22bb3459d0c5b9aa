/** A problem that a deployment met: what `issues.md` is written from. */
export interface DeploymentIssue {
  readonly phase: number;
  readonly problem: string;
  /** What was found out about it: findings of debug skills, places, figures. */
  readonly diagnosis: readonly string[];
  /** What was done about it; null while it is open. */
  readonly cure: string | null;
  /** Who must act where it is open; null where nobody has to. */
  readonly mustAct: 'human' | 'author of the skill' | 'author of the agent' | null;
  readonly recordedAt: string;
}

/** `issues.json`: every problem in order. */
export interface DeploymentIssues {
  readonly specificationVersion: 'v1';
  readonly issues: readonly DeploymentIssue[];
}
