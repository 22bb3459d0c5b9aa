import type { Json, Plan, PlanLaunch, PlanStep, SectionName } from '@tilewright/spec';
import { z } from 'zod';
import { cleanData, cleanName } from '../text/clean-text.ts';
import { type Fitted, fitted, fittedSchema, nameList } from '../text/fitted.ts';
import type { AgentTool, ToolContext } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';
import { fittedJsonSchema, jsonSchema } from './json-schema.ts';
import { kernelSummary } from './kernel-summary.ts';
import { type ShownBuffer, shownBuffer, shownBufferSchema } from './plan-buffers.ts';

const SECTIONS = ['prefill', 'decode', 'head'] as const;
/** Characters of JSON that a Program may take. */
const LONGEST_PROGRAM = 15_000;

const stepSchema = z.strictObject({
  section: z.enum(SECTIONS),
  part: z.enum(['once', 'layer']).describe('Whether it runs once, or in every layer.'),
  step: z.string(),
  host: jsonSchema.nullable().describe('What the host does; null for a dispatch.'),
  launches: z.array(jsonSchema),
});

type ShownStep = z.infer<typeof stepSchema>;

export const showPlan: AgentTool = lookTool({
  name: 'show_plan',
  title: 'Show the plan',
  description:
    'The plan that stands. Without arguments: the steps of each section in order, with launches and kernel names. With a ' +
    '`section`: kernels with shape and configuration, arguments and taps, as far as they fit; with a `dispatch` only that ' +
    'one. `buffers: true` adds the buffers of the section with role, residency, layout and who uses them. With a `launch` ' +
    'it shows the kernel of that launch whole, the Program of an authored one included.',
  input: z.strictObject({
    section: z.enum(SECTIONS).exactOptional(),
    dispatch: z.string().min(1).max(200).exactOptional().describe('The id of a step; needs a section.'),
    launch: z.string().min(1).max(200).exactOptional().describe('The id of a launch; needs a section.'),
    buffers: z.boolean().exactOptional().describe('Needs a section.'),
  }),
  output: z.strictObject({
    model: jsonSchema.nullable(),
    device: z.string(),
    prefillLength: z.int(),
    contextLength: z.int(),
    dispatches: z
      .strictObject({ prefill: z.int(), decode: z.int(), head: z.int() })
      .describe('Per layer and once together.'),
    steps: fittedSchema(stepSchema),
    buffers: fittedSchema(shownBufferSchema).nullable(),
    kernel: fittedJsonSchema.nullable(),
  }),
  run: (input, context) => {
    const { section, dispatch, launch, buffers } = input;
    if (section === undefined) {
      if (dispatch !== undefined || launch !== undefined || buffers === true) {
        return mistake(`Name a section beside ${nameList(Object.keys(input))}: prefill, decode or head.`);
      }
      const { plan } = context.observation.situation;
      const steps = SECTIONS.flatMap((name) => stepsOf(plan, name).map(([part, step]) => summary(name, part, step)));
      return viewed({ ...heading(plan), steps: fitted(steps, 16_000), buffers: null, kernel: null });
    }
    return sectionView(section, input, context);
  },
});

function sectionView(
  section: SectionName,
  { dispatch, launch, buffers }: { readonly dispatch?: string; readonly launch?: string; readonly buffers?: boolean },
  { observation }: ToolContext,
) {
  const { plan } = observation.situation;
  const steps = stepsOf(plan, section);
  const wanted = steps.filter(([, step]) => {
    if (dispatch !== undefined && step.id !== dispatch && cleanName(step.id) !== dispatch) return false;
    return launch === undefined || launchOf(step, launch) !== undefined;
  });
  if (wanted.length === 0 && (dispatch !== undefined || launch !== undefined)) {
    const ids =
      launch === undefined
        ? steps.map(([, step]) => cleanName(step.id))
        : steps.flatMap(([, step]) => (step.kind === 'host' ? [] : step.launches.map(({ id }) => cleanName(id))));
    const what = launch === undefined ? `step ${cleanName(dispatch ?? '')}` : `launch ${cleanName(launch)}`;
    return mistake(`There is no ${what} in ${section}. There are: ${nameList(ids, 60)}.`);
  }
  const shown = wanted.map(([part, step]) => detail(section, part, step));
  const one = wanted[0]?.[1];
  const whole = launch === undefined || one === undefined ? undefined : launchOf(one, launch);
  return viewed({
    ...heading(plan),
    steps: fitted(shown, whole === undefined && buffers !== true ? 16_000 : whole === undefined ? 8000 : 2000),
    buffers: buffers === true ? (fitted(buffersOf(plan, section, wanted), 9000) satisfies Fitted<ShownBuffer>) : null,
    kernel: whole === undefined ? null : wholeKernel(whole),
  });
}

function heading(plan: Plan) {
  const count = (name: SectionName): number =>
    stepsOf(plan, name).filter(([, step]) => step.kind === 'dispatch').length;
  return {
    model: cleanData(plan.model) as unknown as Json,
    ...{ device: cleanName(plan.device), prefillLength: plan.prefillLength, contextLength: plan.contextLength },
    dispatches: { prefill: count('prefill'), decode: count('decode'), head: count('head') },
  };
}

type PartStep = readonly ['once' | 'layer', PlanStep];

function stepsOf(plan: Plan, section: SectionName): PartStep[] {
  const { once, layer } = plan.sections[section];
  return [...once.map((step): PartStep => ['once', step]), ...layer.map((step): PartStep => ['layer', step])];
}

function launchOf(step: PlanStep, id: string): PlanLaunch | undefined {
  if (step.kind === 'host') return undefined;
  return (
    step.launches.find((launch) => launch.id === id) ?? step.launches.find((launch) => cleanName(launch.id) === id)
  );
}

function summary(section: SectionName, part: 'once' | 'layer', step: PlanStep): ShownStep {
  return step.kind === 'host'
    ? { section, part, step: cleanName(step.id), host: cleanName(step.operation.name), launches: [] }
    : {
        ...{ section, part, step: cleanName(step.id), host: null },
        launches: step.launches.map(({ id, kernel }) => `${cleanName(id)}: ${cleanName(kernel.name)}`),
      };
}

function detail(section: SectionName, part: 'once' | 'layer', step: PlanStep): ShownStep {
  if (step.kind === 'host') {
    const host = cleanData(step.operation) as unknown as Json;
    return { section, part, step: cleanName(step.id), host, launches: [] };
  }
  const launches = step.launches.map(({ id, kernel, arguments: bound, computes, inside }) => ({
    ...{ launch: cleanName(id), kernel: kernelSummary(kernel), arguments: cleanData({ ...bound }) },
    computes: computes === null ? null : cleanName(computes),
    ...(inside === undefined ? {} : { inside: inside.map((tap) => cleanName(tap)) }),
  }));
  return { section, part, step: cleanName(step.id), host: null, launches };
}

function buffersOf(plan: Plan, section: SectionName, wanted: readonly PartStep[]): ShownBuffer[] {
  const { buffers } = plan.sections[section];
  const all = wanted.length === stepsOf(plan, section).length;
  const shown = buffers.map((buffer) =>
    shownBuffer(
      buffer,
      wanted.map(([, step]) => step),
    ),
  );
  return all ? shown : shown.filter(({ usedBy }) => usedBy.length > 0);
}

function wholeKernel({ kernel }: PlanLaunch): Fitted<Json> {
  const whole = cleanData(kernel) as unknown as Json;
  return fitted([JSON.stringify(whole).length <= LONGEST_PROGRAM ? whole : kernelSummary(kernel)], LONGEST_PROGRAM + 1);
}
