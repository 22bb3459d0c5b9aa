import { digest } from '@tilewright/gates';
import type {
  DeploymentManifest,
  LoweredPlan,
  Plan,
  PlanStep,
  RunnerManifest,
  RunnerStep,
  SectionName,
} from '@tilewright/spec';
import { WORKSPACE_FILES } from '../workspace/workspace-files.ts';

const SECTIONS: readonly SectionName[] = ['prefill', 'decode', 'head'];

/** `runner.json`: the steps of every section in order, and the digests of what they need. */
export function runnerManifest(
  plan: Plan,
  lowered: LoweredPlan,
  { model, target }: Pick<DeploymentManifest, 'model' | 'target'>,
): RunnerManifest {
  const { family, vocabularySize, endOfTextTokens, layers } = plan.model;
  return {
    specificationVersion: 'v1',
    model: { digest: model.digest, family, vocabularySize, endOfTextTokens },
    plan: { file: WORKSPACE_FILES.plan, digest: digest(plan) },
    target: { ...target, device: plan.device },
    prefillLength: plan.prefillLength,
    contextLength: plan.contextLength,
    sections: SECTIONS.map((section) => {
      const { once, layer } = plan.sections[section];
      const steps = (of: readonly PlanStep[]): RunnerStep[] => of.map((step) => runnerStep(step, section, lowered));
      return { section, once: steps(once), layer: steps(layer), layers: layer.length === 0 ? 0 : layers };
    }),
  };
}

function runnerStep(step: PlanStep, section: SectionName, lowered: LoweredPlan): RunnerStep {
  if (step.kind === 'host') return { kind: 'host', step: step.id, operation: step.operation.name };
  const dispatch = lowered.dispatches.find((one) => one.section === section && one.step === step.id);
  if (dispatch === undefined) throw new TypeError(`${section}/${step.id} was not lowered`);
  return {
    kind: 'dispatch',
    dispatch: dispatch.id,
    program: digest(dispatch.program),
    launches: step.launches.map(({ id }) => id),
    buffers: dispatch.buffers,
  };
}
