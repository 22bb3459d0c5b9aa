import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';
import { type DeployOutcome, runDeployment } from '../commands/run-deployment.ts';
import { reviewerFor } from '../review/reviewer.ts';
import type { Arm, ArmResult, CommonTerms } from './arm.ts';
import { armResult } from './arm-result.ts';

/**
 * Deploys a model once for each arm, one after the other, under the same terms. Each begins without lessons and gives
 * none to another, or to the user. Scratch directories are removed, also when it is interrupted. Throws what deploying
 * throws, except for what an agent does: that is a result.
 */
export async function runArms(
  arms: readonly Arm[],
  terms: CommonTerms,
  context: CommandContext,
): Promise<readonly ArmResult[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'tilewright-compared-'));
  try {
    const results: ArmResult[] = [];
    for (const [index, arm] of arms.entries()) {
      throwIfAborted(context.signal);
      context.progress.line(`${arm.name} (${index + 1} of ${arms.length})`);
      const place = join(scratch, String(index));
      const own = limitsTime(terms) ? withOwnCache(context, join(place, 'home')) : context;
      const directory = terms.out === null ? join(place, 'deployment') : join(terms.out, directoryName(arm.name));
      const result = await runArm(arm, terms, { directory, lessons: join(place, 'lessons') }, own);
      results.push(terms.out === null ? { ...result, directory: null } : result);
    }
    return results;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function limitsTime({ budget }: CommonTerms): boolean {
  return budget?.phase?.wallMs !== undefined || budget?.total?.wallMs !== undefined;
}

/** Without what others made the oracle compute, which would give whoever comes later more of the time. */
function withOwnCache(context: CommandContext, home: string): CommandContext {
  const { surroundings } = context;
  const environment = { ...surroundings.environment, TILEWRIGHT_HOME: home };
  return { ...context, surroundings: { ...surroundings, environment } };
}

/** A name as that of a directory: `replay-transcript.jsonl`. */
export function directoryName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '-').replace(/^[-.]+/, '') || 'unnamed';
}

async function runArm(
  arm: Arm,
  terms: CommonTerms,
  places: { readonly directory: string; readonly lessons: string },
  context: CommandContext,
): Promise<ArmResult> {
  const { directory, lessons: lessonDirectory } = places;
  const { judge, out: _, ...common } = terms;
  let outcome: Pick<DeployOutcome, 'directory' | 'status' | 'reason' | 'evaluation'>;
  try {
    outcome = await runDeployment(
      {
        ...common,
        ...{ directory, lessonDirectory, agent: arm.agent, skills: arm.skills },
        ...{ reviewer: reviewerFor(true, false, context), reference: 'auto' },
        afterwards: judge ? 'judge' : 'nothing',
      },
      context,
    );
  } catch (error) {
    if (!TilewrightError.isInstance(error) || error.code !== 'agent-failed') throw error;
    context.progress.line(`${arm.name}: ${error.message}`);
    outcome = { directory, status: 'failed', reason: error.message, evaluation: null };
  }
  return armResult(arm.name, outcome, terms.target.value, judge, context.signal);
}
