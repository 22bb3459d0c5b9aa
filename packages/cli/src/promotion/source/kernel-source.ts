import type { KernelRule } from '../edit-rule.ts';
import { javascriptLiteral } from '../javascript-literal.ts';
import type { RuleSource } from '../rule-source.ts';

export function kernelSource({ kernel, settings, only, together }: KernelRule): RuleSource {
  return {
    imports: ['kernelDefinition'],
    safety:
      'Kernel, operands and shape stay what they are; only how the work is cut changes. The gate passed wherever it was kept, and is run again here.',
    constants: `/** The kernel, and the settings that were faster. The others stay as they are. */
const KERNEL = ${javascriptLiteral(kernel)};
const SETTINGS = ${javascriptLiteral(settings)};

/** Results of the launches that the evidence is about; null: whatever they compute. @type {string[] | null} */
const ONLY = ${javascriptLiteral(only)};`,
    places: `${together ? TOGETHER : EACH}
${APPLIES}`,
  };
}

const EACH = `/** Each launch of the kernel with other settings. @param {Plan['sections']['prefill']} section @returns {Place[]} */
function placesIn({ once, layer }, device) {
  return [...once, ...layer].flatMap((step) =>
    step.kind !== 'dispatch'
      ? []
      : step.launches
          .filter((launch) => applies(launch, device))
          .map((launch) => ({
            subject: SECTION + ' ' + launch.id,
            evidence: KERNEL + ' of ' + launch.id + ' has ' + settingsOf(launch.kernel.config),
            summary: 'Run ' + launch.id + ' of ' + SECTION + ' with ' + settingsOf(SETTINGS) + '.',
            edits: [editOf(launch)],
            steps: [step.id],
          })),
  );
}
`;

const TOGETHER = `/** All launches of the kernel with other settings, at once. @param {Plan['sections']['prefill']} section @returns {Place[]} */
function placesIn({ once, layer }, device) {
  const steps = [...once, ...layer].filter((step) => step.kind === 'dispatch');
  const launches = steps.flatMap((step) => step.launches.filter((launch) => applies(launch, device)));
  if (launches.length === 0) return [];
  const names = launches.map(({ id }) => id).join(', ');
  return [
    {
      subject: SECTION + ' ' + KERNEL,
      evidence: launches.map(({ id, kernel }) => KERNEL + ' of ' + id + ' has ' + settingsOf(kernel.config)).join('; '),
      summary: 'Run ' + names + ' of ' + SECTION + ' with ' + settingsOf(SETTINGS) + '.',
      edits: launches.map(editOf),
      steps: steps.filter((step) => step.launches.some((launch) => launches.includes(launch))).map(({ id }) => id),
    },
  ];
}
`;

const APPLIES = `/** Whether a launch has other settings, and could have these at its shape. */
function applies({ kernel, computes }, device) {
  if (kernel.origin !== 'registry' || kernel.name !== KERNEL) return false;
  if (ONLY !== null && !ONLY.includes(computes)) return false;
  if (Object.entries(SETTINGS).every(([name, value]) => kernel.config[name] === value)) return false;
  return kernelDefinition(KERNEL).limits(kernel.shape, { ...kernel.config, ...SETTINGS }, device).length === 0;
}

/** @returns {PlanEdit} */
function editOf({ id, kernel }) {
  const config = { ...kernel.config, ...SETTINGS };
  return {
    kind: 'set-kernel',
    section: SECTION,
    launch: id,
    kernel: { ...kernel, config, basis: { kind: 'edited', by: ID } },
  };
}

/** Those that the evidence is about, in words. */
function settingsOf(config) {
  return Object.keys(SETTINGS)
    .map((name) => name + ' ' + config[name])
    .join(', ');
}`;
