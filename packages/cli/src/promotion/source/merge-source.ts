import type { MergeRule } from '../edit-rule.ts';
import { javascriptLiteral } from '../javascript-literal.ts';
import type { RuleSource } from '../rule-source.ts';

export function mergeSource({ run, buffers }: MergeRule): RuleSource {
  const kept =
    buffers.length === 0
      ? ''
      : ' The buffers between them are the ones of the record, and the gate looks at what they carry.';
  return {
    imports: [],
    safety: `Launches of a dispatch run strictly in order, so each still reads what the one before it wrote.${kept}`,
    constants: `/** The kernels of each dispatch, in order. */
const RUN = [
${run.map((launches) => `  ${javascriptLiteral(launches)},`).join('\n')}
];

/** Buffers that go elsewhere with it: arguments of launches of the run, by their places. */
const BUFFERS = [${buffers.length === 0 ? '' : `\n${buffers.map((one) => `  ${javascriptLiteral(one)},`).join('\n')}\n`}];`,
    places: PLACES,
  };
}

const PLACES = `/** Every run of dispatches with those kernels. @param {Plan['sections']['prefill']} section @returns {Place[]} */
function placesIn({ once, layer }) {
  return [once, layer].flatMap(runsOf).map((run) => {
    const ids = run.map(({ id }) => id);
    const into = ids[0] + '_to_' + ids.at(-1);
    return {
      subject: SECTION + ' ' + into,
      evidence: ids.join(', ') + ' of ' + SECTION + ' follow each other, and are ' + ids.length + ' submissions',
      summary: 'Run ' + ids.join(', ') + ' of ' + SECTION + ' as one dispatch.',
      edits: [{ kind: 'merge-dispatches', section: SECTION, dispatches: ids, into }, ...placementsOf(run)],
      steps: ids,
    };
  });
}

/** Steps that follow each other and are like the run, none in two runs. */
function runsOf(steps) {
  const runs = [];
  for (let first = 0; first + RUN.length <= steps.length; first++) {
    const run = steps.slice(first, first + RUN.length);
    if (!run.every((step, index) => isLike(step, RUN[index]))) continue;
    runs.push(run);
    first += RUN.length - 1;
  }
  return runs;
}

function isLike(step, kernels) {
  if (step.kind !== 'dispatch' || step.launches.length !== kernels.length) return false;
  return step.launches.every(({ kernel }, index) => kernel.name === kernels[index]);
}

/** @returns {PlanEdit[]} */
function placementsOf(run) {
  return BUFFERS.flatMap(({ dispatch, launch, argument, residency, role }) => {
    const buffer = run[dispatch].launches[launch].arguments[argument];
    return buffer === undefined ? [] : [{ kind: 'set-residency', section: SECTION, buffer, residency, role }];
  });
}`;
