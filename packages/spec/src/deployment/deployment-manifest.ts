/** `deployment.json`: what a workspace holds and how far it came. Claims, as far as the evaluator goes. */
export interface DeploymentManifest {
  readonly specificationVersion: 'v1';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tilewrightVersion: string;
  readonly model: {
    /** Absolute path of a directory or a GGUF file, or as the user gave it where that is relative to the workspace. */
    readonly directory: string;
    readonly digest: string;
    /** Where it came from, if that was Hugging Face's hub: `org/name@commit`. */
    readonly source?: string;
  };
  readonly target: { readonly id: string; readonly module: string };
  readonly agent: { readonly id: string; readonly module: string };
  /** Digest of `plan.json`; null before there is a plan. */
  readonly planDigest: string | null;
  readonly policyDigest: string;
  readonly seed: number;
  readonly status: 'running' | 'waiting' | 'failed' | 'deployed' | 'accepted' | 'not-accepted';
  readonly phases: readonly PhaseRecord[];
}

export interface PhaseRecord {
  readonly phase: number;
  readonly title: string;
  readonly status: 'pending' | 'running' | 'passed' | 'failed' | 'inconclusive' | 'waiting';
  /** Path of the gate report in the workspace. */
  readonly report: string | null;
  readonly elapsedMs: number;
}
