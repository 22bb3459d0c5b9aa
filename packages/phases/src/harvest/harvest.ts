import { digest } from '@tilewright/gates';
import type { DeviceModel, GateReport, LessonOrigin, Plan } from '@tilewright/spec';
import type { Workbench } from '../deploy/workbench.ts';
import { lessonsOfAttempts } from '../lessons/harvest-lessons.ts';
import type { LessonStore } from '../lessons/lesson-store.ts';
import { fromEstimate, fromRun, performanceProfile } from '../profile/performance-profile.ts';
import type { Journal } from '../workspace/journal.ts';
import { deploymentGate } from './deployment-gate.ts';
import { runnerManifest } from './runner-manifest.ts';

export interface HarvestRequest {
  readonly workspace: string;
  readonly plan: Plan;
  readonly device: DeviceModel;
  readonly journal: Journal;
  readonly workbench: Workbench;
  readonly origin: LessonOrigin;
  readonly store: LessonStore | null;
  readonly policyDigest: string;
  readonly subjects: Readonly<Record<string, string>>;
  readonly onStep: (step: string) => void;
}

/** Phase 6: writes the runner's manifest and the profile, and the lessons into the workspace and the user's store. */
export async function harvest(request: HarvestRequest): Promise<GateReport> {
  const { workspace, plan, device, journal, workbench, origin, store, policyDigest, subjects, onStep } = request;
  const started = performance.now();
  onStep('profiles the plan');
  const { lowered } = await workbench.compile(plan);
  const estimate = await workbench.estimate(plan);
  const source = estimate === null ? fromRun(await workbench.profile(plan), plan) : fromEstimate(estimate);
  await journal.saveHarvest(
    runnerManifest(plan, lowered, journal.manifest),
    performanceProfile(plan, digest(plan), source),
  );
  await journal.saveLessons(lessonsOfAttempts(journal.attempts, origin, new Date().toISOString()));
  onStep(`keeps ${journal.lessons.length} lessons`);
  await store?.add(journal.lessons);
  return deploymentGate({ workspace, plan, device, policyDigest, subjects, elapsedMs: performance.now() - started });
}
