import { evaluateAffine, MICROKERNELS } from '@tilewright/spec';
import { processesOf } from './processes.js';

/** Costs on one core of a laptop, in nanoseconds: found by a few runs, and rough. They have to rank plans. */
const ELEMENT_NS = 4;
const MULTIPLY_ACCUMULATE_NS = 2.5;
const STATEMENT_NS = 6000;

/**
 * The time of a program from the work that is written in it, without running anything.
 * @param {import('@tilewright/spec').Program} program
 * @returns {import('@tilewright/spec').Estimate}
 */
export function estimateProgram(program) {
  const nothing = { buffers: new Map(), formats: new Map() };
  const work = program.launches
    .map((launch) => {
      const iterations = launch.grid.reduce((product, { extent }) => product * extent, 1);
      const each = processesOf(launch, nothing).map(({ body, scope }) => workOf(body, scope));
      return scaled(each.reduce(added, NO_WORK), iterations);
    })
    .reduce(added, NO_WORK);
  const parts = [
    { name: 'moving', us: (work.elements * ELEMENT_NS) / 1000 },
    { name: 'multiplying', us: (work.multiplyAccumulates * MULTIPLY_ACCUMULATE_NS) / 1000 },
    { name: 'interpreting', us: (work.statements * STATEMENT_NS) / 1000 },
  ];
  const largest = parts.reduce((most, part) => (part.us > most.us ? part : most));
  return { kind: 'estimate', us: parts.reduce((sum, { us }) => sum + us, 0), parts, boundBy: largest.name };
}

/** @typedef {{ elements: number, multiplyAccumulates: number, statements: number }} Work */

/** @type {Work} */
const NO_WORK = { elements: 0, multiplyAccumulates: 0, statements: 0 };

/**
 * @param {readonly import('@tilewright/spec').Statement[]} body
 * @param {Record<string, number>} scope Coordinates: all that an `if` may depend on.
 * @returns {Work}
 */
function workOf(body, scope) {
  return body
    .map((statement) => {
      if (statement.kind === 'for') return scaled(workOf(statement.body, scope), statement.extent);
      if (statement.kind === 'if') {
        const value = evaluateAffine(statement.value, scope);
        return (statement.is === 'zero' ? value === 0 : value > 0) ? workOf(statement.body, scope) : NO_WORK;
      }
      if (statement.kind === 'call') {
        // Sizes are constants; only positions vary, and they do not change the work.
        const sizes = Object.entries(statement.parameters).map(([name, { constant }]) => [name, constant]);
        const macs = MICROKERNELS.get(statement.microkernel).multiplyAccumulates(Object.fromEntries(sizes));
        return { elements: 0, multiplyAccumulates: macs, statements: 1 };
      }
      const elements = statement.access.sizes.reduce((product, size) => product * size, 1);
      return { elements, multiplyAccumulates: 0, statements: 1 };
    })
    .reduce(added, NO_WORK);
}

/** @param {Work} a @param {Work} b @returns {Work} */
function added(a, b) {
  return {
    elements: a.elements + b.elements,
    multiplyAccumulates: a.multiplyAccumulates + b.multiplyAccumulates,
    statements: a.statements + b.statements,
  };
}

/** @param {Work} work @param {number} times @returns {Work} */
function scaled({ elements, multiplyAccumulates, statements }, times) {
  return {
    elements: elements * times,
    multiplyAccumulates: multiplyAccumulates * times,
    statements: statements * times,
  };
}
