import { join } from 'node:path';
import { digest } from '@tilewright/gates';
import type { DeploymentManifest, GateReport, PhaseRecord, Plan } from '@tilewright/spec';
import { planDocument } from '../documents/plan-document.ts';
import { progressDocument } from '../documents/progress-document.ts';
import { gateReportFile, readGateReport, readPlan, storedJson, WORKSPACE_FILES } from './workspace-files.ts';
import type { AtomicWrite } from './write-atomic.ts';

/**
 * The state of a deployment, in memory and in its workspace. The manifest is written last of what
 * belongs together, so that it never claims what is not there.
 */
export class Journal {
  readonly #workspace: string;
  readonly #write: AtomicWrite;
  readonly #reports: Map<number, GateReport>;
  readonly #lessons: string[] = [];
  #manifest: DeploymentManifest;
  #plan: Plan | null;
  #note: string | null = null;

  private constructor(
    workspace: string,
    write: AtomicWrite,
    manifest: DeploymentManifest,
    plan: Plan | null,
    reports: Map<number, GateReport>,
  ) {
    this.#workspace = workspace;
    this.#write = write;
    this.#manifest = manifest;
    this.#plan = plan;
    this.#reports = reports;
  }

  /** Reads what an earlier run left under this manifest. A plan that is not the one that it names is not used. */
  static async open(workspace: string, write: AtomicWrite, manifest: DeploymentManifest): Promise<Journal> {
    const stored = manifest.planDigest === null ? null : await readPlan(workspace);
    const plan = stored !== null && digest(stored) === manifest.planDigest ? stored : null;
    const reports = new Map<number, GateReport>();
    for (const { phase, report } of manifest.phases) {
      const read = report === null ? null : await readGateReport(workspace, phase);
      if (read !== null) reports.set(phase, read);
    }
    return new Journal(workspace, write, manifest, plan, reports);
  }

  get manifest(): DeploymentManifest {
    return this.#manifest;
  }

  get plan(): Plan | null {
    return this.#plan;
  }

  report(phase: number): GateReport | null {
    return this.#reports.get(phase) ?? null;
  }

  record(phase: number): PhaseRecord | undefined {
    return this.#manifest.phases.find((record) => record.phase === phase);
  }

  async savePlan(plan: Plan): Promise<void> {
    const planDigest = digest(plan);
    await this.#write(join(this.#workspace, WORKSPACE_FILES.plan), storedJson(plan));
    await this.#write(join(this.#workspace, WORKSPACE_FILES.planText), planDocument(plan, planDigest));
    this.#plan = plan;
    await this.#saveManifest({ planDigest });
  }

  /** Writes the report of a phase, if there is one, and then its record. */
  async savePhase(record: Omit<PhaseRecord, 'report'>, report: GateReport | null, note: string | null): Promise<void> {
    const { phase } = record;
    if (report !== null) {
      await this.#write(join(this.#workspace, gateReportFile(phase)), storedJson(report));
      this.#reports.set(phase, report);
    }
    const file = this.#reports.has(phase) ? gateReportFile(phase) : null;
    this.#note = note;
    await this.#saveManifest({
      phases: this.#manifest.phases.map((known) => (known.phase === phase ? { ...record, report: file } : known)),
    });
  }

  async saveStatus(status: DeploymentManifest['status'], note: string | null = this.#note): Promise<void> {
    this.#note = note;
    await this.#saveManifest({ status });
  }

  async saveLesson(lesson: string, evidence: readonly string[]): Promise<void> {
    this.#lessons.push([`- ${lesson}`, ...evidence.map((line) => `  - ${line}`)].join('\n'));
    await this.#write(join(this.#workspace, WORKSPACE_FILES.lessons), `# Lessons\n\n${this.#lessons.join('\n')}\n`);
  }

  async #saveManifest(changes: Partial<DeploymentManifest>): Promise<void> {
    this.#manifest = { ...this.#manifest, ...changes, updatedAt: new Date().toISOString() };
    const progress = progressDocument(this.#manifest, this.#reports, this.#note);
    await this.#write(join(this.#workspace, WORKSPACE_FILES.progress), progress);
    await this.#write(join(this.#workspace, WORKSPACE_FILES.manifest), storedJson(this.#manifest));
  }
}
