import { join } from 'node:path';
import { digest } from '@tilewright/gates';
import type {
  DeploymentIssue,
  DeploymentManifest,
  GateReport,
  Lesson,
  OptimizationAttempt,
  PerformanceProfile,
  PhaseAgentRecord,
  PhaseRecord,
  Plan,
  RecordedCure,
  RecordedReview,
  RunnerManifest,
} from '@tilewright/spec';
import { issuesDocument } from '../documents/issues-document.ts';
import { lessonsDocument } from '../documents/lessons-document.ts';
import { planDocument } from '../documents/plan-document.ts';
import { progressDocument } from '../documents/progress-document.ts';
import { trajectoryDocument } from '../documents/trajectory-document.ts';
import { attemptsThrough, replayAttempts } from '../optimize/replay-attempts.ts';
import {
  cureFile,
  gateReportFile,
  readBaseline,
  readGateReport,
  readIssues,
  readLessons,
  readPlan,
  readReview,
  readTrajectory,
  storedJson,
  WORKSPACE_FILES,
} from './workspace-files.ts';
import type { AtomicWrite } from './write-atomic.ts';

/** A problem before the journal says where and when. */
export type NewIssue = Omit<DeploymentIssue, 'phase' | 'recordedAt'>;

interface Contents {
  readonly baseline: Plan | null;
  /** plan.json as it lies there, which an interruption may have left behind the baseline and its attempts. */
  readonly storedPlan: Plan | null;
  readonly attempts: readonly OptimizationAttempt[];
  readonly reports: Map<number, GateReport>;
  readonly issues: readonly DeploymentIssue[];
  readonly lessons: readonly Lesson[];
  readonly given: readonly Lesson[] | null;
  readonly review: RecordedReview | null;
}

/**
 * The state of a deployment, in memory and in its workspace. What must survive is the baseline plan and the
 * trajectory, from which every plan follows; the manifest is written after what it names, so that it
 * never claims what is not there; documents for people are written anew whenever something changes.
 */
export class Journal {
  readonly #workspace: string;
  readonly #write: AtomicWrite;
  readonly #reports: Map<number, GateReport>;
  readonly #review: RecordedReview | null;
  #manifest: DeploymentManifest;
  #baseline: Plan | null;
  #plan: Plan | null;
  readonly #storedPlan: Plan | null;
  #attempts: readonly OptimizationAttempt[];
  #issues: readonly DeploymentIssue[];
  #lessons: readonly Lesson[];
  #given: readonly Lesson[] | null;
  #note: string | null = null;

  private constructor(workspace: string, write: AtomicWrite, manifest: DeploymentManifest, contents: Contents) {
    this.#workspace = workspace;
    this.#write = write;
    this.#manifest = manifest;
    this.#reports = contents.reports;
    this.#review = contents.review;
    this.#baseline = contents.baseline;
    this.#storedPlan = contents.storedPlan;
    const replayed = contents.baseline && replayAttempts(contents.baseline, contents.attempts);
    this.#plan = replayed?.plan ?? null;
    this.#attempts = replayed?.attempts ?? [];
    this.#issues = contents.issues;
    this.#lessons = contents.lessons;
    this.#given = contents.given;
  }

  /** Reads what an earlier run left under this manifest. Attempts that do not lead to the plans they name are not used. */
  static async open(workspace: string, write: AtomicWrite, manifest: DeploymentManifest): Promise<Journal> {
    const reports = new Map<number, GateReport>();
    for (const { phase, report } of manifest.phases) {
      const read = report === null ? null : await readGateReport(workspace, phase);
      if (read !== null) reports.set(phase, read);
    }
    return new Journal(workspace, write, manifest, {
      baseline: await readBaseline(workspace),
      storedPlan: await readPlan(workspace),
      attempts: (await readTrajectory(workspace))?.attempts ?? [],
      reports,
      issues: (await readIssues(workspace))?.issues ?? [],
      lessons: (await readLessons(workspace, 'lessons'))?.lessons ?? [],
      given: (await readLessons(workspace, 'lessonsGiven'))?.lessons ?? null,
      review: await readReview(workspace),
    });
  }

  get manifest(): DeploymentManifest {
    return this.#manifest;
  }

  /** The plan that phases 1 to 3 validate; null before there is one. */
  get baseline(): Plan | null {
    return this.#baseline;
  }

  /** The plan that stands: the baseline and what was kept since. */
  get plan(): Plan | null {
    return this.#plan;
  }

  get attempts(): readonly OptimizationAttempt[] {
    return this.#attempts;
  }

  get lessons(): readonly Lesson[] {
    return this.#lessons;
  }

  /** Lessons of earlier deployments that this one began with; null before it has asked for them. */
  get given(): readonly Lesson[] | null {
    return this.#given;
  }

  /** The plan that stood when a phase ended, as far as it has been tried. */
  planAfter(phase: number): Plan | null {
    return this.#baseline && replayAttempts(this.#baseline, attemptsThrough(this.#attempts, phase)).plan;
  }

  report(phase: number): GateReport | null {
    return this.#reports.get(phase) ?? null;
  }

  /** What a human answered to the report of a phase as it stands now. */
  review(phase: number): RecordedReview['review'] | null {
    const report = this.report(phase);
    const isCurrent =
      report !== null && this.#review?.phase === phase && this.#review.reportDigest === reportDigest(report);
    return isCurrent ? (this.#review?.review ?? null) : null;
  }

  record(phase: number): PhaseRecord | undefined {
    return this.#manifest.phases.find((record) => record.phase === phase);
  }

  /** A new plan to validate. What was tried on another is forgotten. */
  async saveBaseline(plan: Plan): Promise<void> {
    await this.#save(WORKSPACE_FILES.baseline, storedJson(plan));
    this.#baseline = plan;
    if (this.#attempts.length > 0) await this.#saveAttempts([]);
    await this.#savePlan(plan);
  }

  /** Writes the plan that stands, where an interruption has kept it from being written. */
  async repairPlan(): Promise<void> {
    if (this.#plan === null) return;
    const planDigest = digest(this.#plan);
    const stored = this.#storedPlan;
    const isThere = stored !== null && digest(stored) === planDigest && this.#manifest.planDigest === planDigest;
    if (!isThere) await this.#savePlan(this.#plan);
  }

  /** An attempt, and the plan that stands after it. What later phases tried on another plan is forgotten. */
  async saveAttempt(attempt: OptimizationAttempt, plan: Plan): Promise<void> {
    await this.#saveAttempts([...attemptsThrough(this.#attempts, attempt.phase), attempt]);
    if (digest(plan) !== this.#manifest.planDigest) await this.#savePlan(plan);
    this.#plan = plan;
  }

  /** Writes the report of a phase, if there is one, and then its record. */
  async savePhase(
    record: Omit<PhaseRecord, 'report' | 'agent'>,
    report: GateReport | null,
    note: string | null,
  ): Promise<void> {
    const { phase } = record;
    if (report !== null) {
      await this.#save(gateReportFile(phase), storedJson(report));
      this.#reports.set(phase, report);
    }
    const file = this.#reports.has(phase) ? gateReportFile(phase) : null;
    this.#note = note;
    await this.#saveManifest({
      phases: this.#manifest.phases.map((known) =>
        known.phase === phase
          ? { ...record, report: file, ...(known.agent !== undefined && { agent: known.agent }) }
          : known,
      ),
    });
  }

  /** What the agent has done in a phase and how long the phase has taken: saved with the next manifest. */
  noteAgent(phase: number, agent: PhaseAgentRecord, elapsedMs: number): void {
    this.#manifest = {
      ...this.#manifest,
      phases: this.#manifest.phases.map((known) => (known.phase === phase ? { ...known, agent, elapsedMs } : known)),
    };
  }

  /** Saves what has been noted, in the manifest alone: it is asked for at every request of a language model. */
  async saveAgent(): Promise<void> {
    this.#manifest = { ...this.#manifest, updatedAt: new Date().toISOString() };
    await this.#save(WORKSPACE_FILES.manifest, storedJson(this.#manifest));
  }

  async saveStatus(status: DeploymentManifest['status'], note: string | null = this.#note): Promise<void> {
    this.#note = note;
    await this.#saveManifest({ status });
  }

  /** A problem; the same one of the same phase takes the place of what was known of it. */
  async saveIssue(phase: number, issue: NewIssue): Promise<void> {
    const known = this.#issues.find((one) => one.phase === phase && one.problem === issue.problem);
    const entry = { ...issue, phase, recordedAt: known?.recordedAt ?? new Date().toISOString() };
    this.#issues = known ? this.#issues.map((one) => (one === known ? entry : one)) : [...this.#issues, entry];
    const stored = { specificationVersion: 'v1' as const, issues: this.#issues };
    await this.#save(WORKSPACE_FILES.issues, storedJson(stored));
    await this.#save(WORKSPACE_FILES.issuesText, issuesDocument(stored));
  }

  /** A failure with what cured it: for the lesson about it, whose id names the file. */
  saveCure(cure: RecordedCure): Promise<void> {
    return this.#save(cureFile(cure.lesson), storedJson(cure));
  }

  /** Adds lessons; one that is known keeps the date on which it was learnt. */
  async saveLessons(lessons: readonly Lesson[]): Promise<void> {
    const all = new Map(this.#lessons.map((lesson) => [lesson.id, lesson]));
    for (const lesson of lessons) {
      all.set(lesson.id, { ...lesson, recordedAt: all.get(lesson.id)?.recordedAt ?? lesson.recordedAt });
    }
    this.#lessons = [...all.values()];
    await this.#save(WORKSPACE_FILES.lessons, storedJson({ specificationVersion: 'v1', lessons: this.#lessons }));
    await this.#save(WORKSPACE_FILES.lessonsText, lessonsDocument(this.#lessons));
  }

  /** What the deployment begins with. Written once. */
  async saveGiven(lessons: readonly Lesson[]): Promise<void> {
    await this.#save(WORKSPACE_FILES.lessonsGiven, storedJson({ specificationVersion: 'v1', lessons }));
    this.#given = lessons;
  }

  async saveHarvest(runner: RunnerManifest, profile: PerformanceProfile): Promise<void> {
    await this.#save(WORKSPACE_FILES.runner, storedJson(runner));
    await this.#save(WORKSPACE_FILES.profile, storedJson(profile));
    // Where nothing was tried and nothing went wrong, the documents say so.
    const { attempts } = this;
    await this.#save(WORKSPACE_FILES.trajectoryText, trajectoryDocument({ specificationVersion: 'v1', attempts }));
    const issues = { specificationVersion: 'v1' as const, issues: this.#issues };
    await this.#save(WORKSPACE_FILES.issuesText, issuesDocument(issues));
  }

  async #saveAttempts(attempts: readonly OptimizationAttempt[]): Promise<void> {
    const stored = { specificationVersion: 'v1' as const, attempts };
    await this.#save(WORKSPACE_FILES.trajectory, storedJson(stored));
    this.#attempts = attempts;
    await this.#save(WORKSPACE_FILES.trajectoryText, trajectoryDocument(stored));
  }

  async #savePlan(plan: Plan): Promise<void> {
    const planDigest = digest(plan);
    await this.#save(WORKSPACE_FILES.plan, storedJson(plan));
    await this.#save(WORKSPACE_FILES.planText, planDocument(plan, planDigest));
    this.#plan = plan;
    await this.#saveManifest({ planDigest });
  }

  async #saveManifest(changes: Partial<DeploymentManifest>): Promise<void> {
    this.#manifest = { ...this.#manifest, ...changes, updatedAt: new Date().toISOString() };
    // First the manifest: with any other file alone a directory is none of ours.
    await this.#save(WORKSPACE_FILES.manifest, storedJson(this.#manifest));
    await this.#save(WORKSPACE_FILES.progress, progressDocument(this.#manifest, this.#reports, this.#note));
  }

  #save(name: string, text: string): Promise<void> {
    return this.#write(join(this.#workspace, name), text);
  }
}

/** By what a review names the report that it is about. */
export function reportDigest(report: GateReport): string {
  return digest(report);
}
