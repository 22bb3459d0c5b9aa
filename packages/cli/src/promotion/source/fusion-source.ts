import type { FusionRule } from '../edit-rule.ts';
import { javascriptLiteral } from '../javascript-literal.ts';
import type { RuleSource } from '../rule-source.ts';

export function fusionSource(rule: FusionRule): RuleSource {
  const { run, kernel, version, shape, config, computes, inside, removed } = rule;
  const lines = (record: Readonly<Record<string, unknown>>): string =>
    Object.entries(record)
      .map(([name, value]) => `  ${javascriptLiteral({ [name]: value }).slice(2, -2)},\n`)
      .join('');
  return {
    imports: ['kernelDefinition', 'lookup'],
    safety:
      'The new kernel is made of the operations of those that it replaces, which the plan checks by what it says that it computes. The gate compares its result, and what it keeps to itself is compared through it.',
    constants: `/** The kernels that it replaces, in order. */
const RUN = ${javascriptLiteral(run)};

/** The kernel in their place, and its settings; where they are not legal, the registry's choice for the shape. */
const KERNEL = ${javascriptLiteral(kernel)};
const VERSION = ${version};
const CONFIG = ${javascriptLiteral(config)};

/** Its dimensions, as dimensions of the launches that it replaces. */
const SHAPE = {
${lines(shape)}};

/** Its arguments, as arguments of theirs. */
const ARGUMENTS = {
${lines(rule.arguments)}};

/** The launch whose result it computes, those whose results it keeps to itself, and buffers that go with them. */
const COMPUTES = ${computes};
const INSIDE = ${javascriptLiteral(inside)};
const REMOVED = ${javascriptLiteral(removed)};`,
    places: PLACES,
  };
}

const PLACES = `/** Every run of launches with those kernels. @param {Plan['sections']['prefill']} section @returns {Place[]} */
function placesIn({ once, layer }, device) {
  return [once, layer].flatMap(runsOf).flatMap((run) => {
    const launches = run.map(({ launch }) => launch);
    const into = fusedOf(launches, device);
    if (into === null) return [];
    const ids = launches.map(({ id }) => id);
    const removed = REMOVED.map(({ launch, argument }) => launches[launch].arguments[argument]);
    return [
      {
        subject: SECTION + ' ' + into.id,
        evidence: ids.join(', ') + ' of ' + SECTION + ' follow each other, as ' + RUN.join(', '),
        summary: 'Run ' + ids.join(', ') + ' of ' + SECTION + ' as one ' + KERNEL + '.',
        edits: [
          { kind: 'fuse-launches', section: SECTION, launches: ids, into },
          ...removed.map((buffer) => ({ kind: 'remove-buffer', section: SECTION, buffer })),
        ],
        steps: [...new Set(run.map(({ step }) => step.id))],
      },
    ];
  });
}

/** Launches that follow each other without a host step between them and are like the run, none in two runs. */
function runsOf(steps) {
  const runs = [];
  let at = [];
  for (const step of steps) {
    if (step.kind !== 'dispatch') at = [];
    for (const launch of step.kind === 'dispatch' ? step.launches : []) {
      at = [...at, { step, launch }].slice(-RUN.length);
      if (at.map((one) => one.launch.kernel.name).join() !== RUN.join()) continue;
      runs.push(at);
      at = [];
    }
  }
  return runs;
}

/** The launch in their place; null where the shape does not come together, or has no legal settings. */
function fusedOf(launches, device) {
  const last = launches[COMPUTES];
  const shape = {};
  for (const [name, { launch, dimension }] of Object.entries(SHAPE)) {
    shape[name] = launches[launch].kernel.shape?.[dimension];
    if (shape[name] === undefined) return null;
  }
  const isLegal = kernelDefinition(KERNEL).limits(shape, CONFIG, device).length === 0;
  const config = isLegal ? CONFIG : lookup(KERNEL, shape, device)?.config;
  if (config === undefined || last.computes === null) return null;
  return {
    id: last.id,
    kernel: { origin: 'registry', name: KERNEL, version: VERSION, shape, config, basis: { kind: 'edited', by: ID } },
    arguments: Object.fromEntries(
      Object.entries(ARGUMENTS).map(([name, { launch, argument }]) => [name, launches[launch].arguments[argument]]),
    ),
    computes: last.computes,
    inside: INSIDE.map((index) => launches[index].computes),
  };
}`;
