import { readFileSync } from 'node:fs';
import { bestHerd, herdUs } from './herd.js';

const ID = 'herd-sizing';
const SECTIONS = /** @type {const} */ (['prefill', 'decode', 'head']);
/** What a phase may improve: phase 4 the prefill, phase 5 decode; asked in another phase, all of them. */
const OTHER_PHASES = { prefill: 5, decode: 4, head: undefined };

/** Gains below this are within what an estimate may be off. */
const LEAST_GAIN_US = 5;

/**
 * Small kernels of merged dispatches on fewer columns. See SKILL.md.
 * @type {import('@tilewright/spec').OptimizationSkill}
 */
export const skill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: ID,
  doc: readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8'),
  match(situation) {
    return SECTIONS.flatMap((section) => {
      const changes = changesIn(situation, section);
      if (changes.length === 0) return [];
      return [
        {
          skill: ID,
          subject: `${section} herds`,
          evidence: changes.map(
            ({ launch, step, before, after, gainUs }) =>
              `${launch} of ${step.id}, one of ${step.launches.length} launches, has ${before} columns; ` +
              `with ${after.herdColumns} it should take ${gainUs.toFixed(0)} µs less.`,
          ),
        },
      ];
    });
  },
  propose(situation, match) {
    const section = SECTIONS.find((name) => match.subject === `${name} herds`);
    const changes = section === undefined ? [] : changesIn(situation, section);
    if (section === undefined || changes.length === 0) throw new TypeError(`${match.subject} is not of this situation`);
    return {
      id: `${ID}:${section}`,
      skill: ID,
      summary: `Give ${changes.map(({ launch }) => launch).join(', ')} of ${section} fewer columns to configure.`,
      edits: changes.map(({ launch, kernel, after }) => ({
        kind: 'set-kernel',
        section,
        launch,
        kernel: { ...kernel, config: { ...kernel.config, ...after }, basis: { kind: 'edited', by: ID } },
      })),
      expectedGainUs: changes.reduce((sum, { gainUs, times }) => sum + gainUs * times, 0),
      safety: 'Every element is computed by the same microkernel as before, only on another core.',
    };
  },
};

/**
 * The launches of a section that would gain, each with its better configuration.
 * @param {import('@tilewright/spec').Situation} situation
 * @param {import('@tilewright/spec').SectionName} section
 */
function changesIn({ phase, plan, device }, section) {
  if (device.id !== 'xdna2' || phase === OTHER_PHASES[section]) return [];
  const { once, layer } = plan.sections[section];
  return [
    ...once.map((step) => ({ step, times: 1 })),
    ...layer.map((step) => ({ step, times: plan.model.layers })),
  ].flatMap(({ step, times }) => {
    if (step.kind !== 'dispatch' || step.launches.length < 2) return [];
    return step.launches.flatMap(({ id: launch, kernel }) => {
      if (kernel.origin !== 'registry') return [];
      const after = bestHerd(kernel, device);
      if (after === null) return [];
      const before = Number(kernel.config.herdColumns);
      const gainUs = herdUs(kernel, before) - herdUs(kernel, after.herdColumns);
      return gainUs > LEAST_GAIN_US ? [{ step, times, launch, kernel, before, after, gainUs }] : [];
    });
  });
}
