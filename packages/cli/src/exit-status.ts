import { type ErrorCode, TilewrightError } from '@tilewright/spec';

/** What a command's exit status says. This file is the only one that decides it. */
export const EXIT_STATUS = {
  done: 0,
  /** A gate or a verdict failed, or the plan does not compile or run on the target. */
  notPassed: 1,
  /** Bad input or usage. */
  badInput: 2,
  /** Stopped until a human answers. */
  waiting: 3,
  /** A bug of ours: `EX_SOFTWARE` of sysexits.h. */
  internal: 70,
  /** Interrupted by Ctrl-C (128 + SIGINT) or asked to end (128 + SIGTERM). */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitStatus = (typeof EXIT_STATUS)[keyof typeof EXIT_STATUS];

const STATUS_OF_CODE: Readonly<Record<ErrorCode, ExitStatus>> = {
  usage: EXIT_STATUS.badInput,
  'file-missing': EXIT_STATUS.badInput,
  'file-truncated': EXIT_STATUS.badInput,
  'file-malformed': EXIT_STATUS.badInput,
  'file-unwritable': EXIT_STATUS.badInput,
  'config-invalid': EXIT_STATUS.badInput,
  'architecture-unsupported': EXIT_STATUS.badInput,
  'feature-unsupported': EXIT_STATUS.badInput,
  'tensor-missing': EXIT_STATUS.badInput,
  'tensor-misshapen': EXIT_STATUS.badInput,
  'tensor-dtype-unsupported': EXIT_STATUS.badInput,
  'tensor-non-finite': EXIT_STATUS.badInput,
  'tokenizer-unusable': EXIT_STATUS.badInput,
  'token-out-of-range': EXIT_STATUS.badInput,
  'context-exceeded': EXIT_STATUS.badInput,
  'module-unknown': EXIT_STATUS.badInput,
  'workspace-invalid': EXIT_STATUS.badInput,
  'plan-invalid': EXIT_STATUS.badInput,
  'program-invalid': EXIT_STATUS.badInput,
  'kernel-unknown': EXIT_STATUS.badInput,
  'shape-unsupported': EXIT_STATUS.badInput,
  'dependency-missing': EXIT_STATUS.badInput,
  'dependency-failed': EXIT_STATUS.notPassed,
  'download-failed': EXIT_STATUS.badInput,
  'agent-failed': EXIT_STATUS.notPassed,
  'compile-failed': EXIT_STATUS.notPassed,
  'runtime-fault': EXIT_STATUS.notPassed,
  aborted: EXIT_STATUS.interrupted,
  internal: EXIT_STATUS.internal,
};

/** The exit status of a command that ended with this error. */
export function exitStatusOf(error: unknown): ExitStatus {
  if (!TilewrightError.isInstance(error)) return EXIT_STATUS.internal;
  // A code of a newer version of spec, thrown by somebody else's module, is unknown here.
  return STATUS_OF_CODE[error.code] ?? EXIT_STATUS.internal;
}
