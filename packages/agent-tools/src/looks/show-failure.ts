import type { Failure, Finding, GateReport, Plan } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { type Fitted, fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { viewed } from '../tool/results.ts';
import { diagnosticList, diagnosticListSchema } from './diagnostic-list.ts';
import { type ShownFault, shownFault, shownFaultSchema } from './fault-dump.ts';
import { comparisonSchema, failureSchema, shownComparison, shownFailure } from './gate-evidence.ts';
import { jsonSchema } from './json-schema.ts';
import { kernelSummary } from './kernel-summary.ts';
import { shownEdits } from './shown-edits.ts';

const firstBadKernel = z.strictObject({
  section: z.string(),
  layer: z.int().nullable(),
  kernel: z.string().describe('The tap that deviates first, in execution order.'),
  comparisons: z.array(comparisonSchema),
  launches: z.array(z.strictObject({ dispatch: z.string(), launch: z.string(), kernel: jsonSchema })),
});

export const showFailure: AgentTool = lookTool({
  name: 'show_failure',
  title: 'Show what went wrong',
  description:
    'What is wrong with the plan as it stands: the first kernel outside its tolerance with its comparison and its launch, or ' +
    'every diagnostic of the compiler, or who waits on whom where a dispatch hung. With it the findings of debug skills ' +
    '(in phases 4 and 5 also those about the attempt that was taken back last), each with its evidence and cure.',
  input: z.strictObject({}),
  output: z.strictObject({
    kind: z.enum(['none', 'compile', 'runtime', 'gate']),
    gate: z
      .strictObject({
        summary: z.string(),
        firstBadKernel: firstBadKernel.nullable(),
        failures: fittedSchema(failureSchema),
      })
      .nullable(),
    diagnostics: diagnosticListSchema.nullable(),
    fault: shownFaultSchema.nullable(),
    findings: fittedSchema(
      z.strictObject({
        finding: z.int(),
        skill: z.string(),
        cause: z.string(),
        evidence: z.array(z.string()),
        cure: fittedSchema(jsonSchema),
      }),
    ),
  }),
  run: (_, { observation: { situation, findings } }) => {
    const { failure, plan } = situation;
    return viewed({ ...shownSituation(failure, plan), findings: fitted(findings.map(shownFinding), 7000) });
  },
});

interface ShownSituation {
  kind: 'none' | Failure['kind'];
  gate: ReturnType<typeof shownGate> | null;
  diagnostics: ReturnType<typeof diagnosticList> | null;
  fault: ShownFault | null;
}

function shownSituation(failure: Failure | null, plan: Plan): ShownSituation {
  const nothing = { gate: null, diagnostics: null, fault: null };
  switch (failure?.kind) {
    case undefined:
      return { kind: 'none', ...nothing };
    case 'gate':
      return { kind: 'gate', ...nothing, gate: shownGate(failure.report, plan) };
    case 'compile':
      return { kind: 'compile', ...nothing, diagnostics: diagnosticList(failure.diagnostics, 11_000) };
    case 'runtime':
      return { kind: 'runtime', ...nothing, fault: shownFault(failure) };
  }
}

function shownGate(report: GateReport, plan: Plan) {
  const { gate, summary, firstDeviation, failures } = report;
  return {
    summary: quoteUntrusted(`gate ${gate}`, summary, 800),
    firstBadKernel: firstDeviation && shownDeviation(firstDeviation, report, plan),
    failures: fitted(failures.map(shownFailure), 5000),
  };
}

function shownDeviation(first: NonNullable<GateReport['firstDeviation']>, { comparisons }: GateReport, plan: Plan) {
  const { section, layer, kernel } = first;
  const tap = layer === null ? kernel : `layers.${layer}.${kernel}`;
  const about = comparisons.filter(({ subject }) => subject.startsWith(section) && subject.split(/\s+/).includes(tap));
  return {
    ...{ section: cleanName(section), layer, kernel: cleanName(kernel) },
    comparisons: about.slice(0, 3).map(shownComparison),
    launches: launchesOf(plan, section, kernel).slice(0, 4),
  };
}

/** The launches that compute a tap, or have it inside. */
function launchesOf(plan: Plan, section: string, tap: string) {
  const sections = section === 'prefill' || section === 'decode' ? [section, 'head'] : ['prefill', 'decode', 'head'];
  return sections.flatMap((name) => {
    const { once, layer } = plan.sections[name as keyof Plan['sections']];
    return [...once, ...layer].flatMap((step) =>
      step.kind === 'host'
        ? []
        : step.launches
            .filter(({ computes, inside }) => computes === tap || inside?.includes(tap))
            .map(({ id, kernel }) => ({
              ...{ dispatch: `${name}/${cleanName(step.id)}`, launch: cleanName(id), kernel: kernelSummary(kernel) },
            })),
    );
  });
}

function shownFinding({ skill, cause, evidence, edits }: Finding, index: number) {
  const source = `skill ${skill}`;
  return {
    ...{ finding: index, skill: cleanName(skill), cause: quoteUntrusted(source, cause, 500) },
    evidence: evidence.slice(0, 5).map((line) => quoteUntrusted(source, line, 200)),
    cure: shownEdits(edits, 2500) satisfies Fitted<unknown>,
  };
}
