import { type ErrorCode, type EvaluationReport, TilewrightError } from '@tilewright/spec';
import { evaluationReportSchema } from '@tilewright/spec/schemas';
import { execa } from 'execa';
import { z } from 'zod';
import type { CommandContext } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { packageInfo } from '../package-info.ts';
import { STEP_PREFIX } from '../progress/plain-progress.ts';

export interface ChildEvaluationRequest {
  readonly directory: string;
  readonly modelDirectory: string;
  readonly target: string;
  /** What was asked of the deployment. */
  readonly prefillLength: number | undefined;
  readonly contextLength: number | undefined;
}

const answer = z.object({ report: evaluationReportSchema });
const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

/**
 * Runs our own `evaluate` in a fresh process, which nothing of the deployment has touched: its verdict is
 * what it prints. Throws the child's error, or `internal` where it ends without an answer.
 */
export async function evaluateInChild(
  { directory, modelDirectory, target, prefillLength, contextLength }: ChildEvaluationRequest,
  { surroundings, progress, signal }: CommandContext,
): Promise<EvaluationReport> {
  const asked = [
    ...(prefillLength === undefined ? [] : ['--prefill-length', String(prefillLength)]),
    ...(contextLength === undefined ? [] : ['--context-length', String(contextLength)]),
  ];
  const named = ['--model', modelDirectory, '--target', target];
  const args = [packageInfo().bin, 'evaluate', directory, ...named, ...asked, '--json'];
  // The keys are an agent's, and none of the judge's business.
  const { ANTHROPIC_API_KEY: _key, ANTHROPIC_AUTH_TOKEN: _token, ...environment } = surroundings.environment;
  const child = execa(process.execPath, args, {
    cwd: surroundings.cwd,
    env: { ...environment, TILEWRIGHT_PROGRESS: 'steps' },
    extendEnv: false,
    stdin: 'ignore',
    buffer: { stdout: true, stderr: false },
    // A report with all its comparisons is larger than what execa would keep.
    maxBuffer: 1e9,
    reject: false,
    cancelSignal: signal,
  });
  for await (const line of child.iterable({ from: 'stderr' })) {
    progress.step(`evaluator: ${line.replace(STEP_PREFIX, '').trim()}`);
  }
  const { stdout, exitCode } = await child;
  signal.throwIfAborted();
  if (exitCode === EXIT_STATUS.done || exitCode === EXIT_STATUS.notPassed) {
    const parsed = answer.safeParse(parse(stdout));
    if (parsed.success) return parsed.data.report;
  }
  const refused = refusal.safeParse(parse(stdout));
  if (!refused.success) {
    throw new TilewrightError(
      'internal',
      `The evaluator ended without a verdict (exit status ${exitCode ?? 'none'}).`,
      `Run \`tilewright evaluate ${directory}\` to see why.`,
      { exitCode },
    );
  }
  const { code, message, remedy, details } = refused.data.error;
  throw new TilewrightError(code as ErrorCode, `The evaluator says: ${message}`, remedy, details);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
