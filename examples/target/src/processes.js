import { BYTES_PER_ELEMENT } from '@tilewright/spec';

/**
 * One sequential process of a launch: a shim or memtile process at one point of its `parallel` loops, or a core.
 * @typedef {object} Process
 * @property {string} name
 * @property {Record<string, number>} scope Values of all variables that it sees, as they are now.
 * @property {ReadonlyMap<string, Uint16Array | Uint32Array>} buffers Elements as bit patterns.
 * @property {ReadonlyMap<string, import('@tilewright/spec').StorageFormat>} formats
 * @property {readonly import('@tilewright/spec').Statement[]} body
 */

/**
 * All processes of a launch, each with fresh memory of its own; `memory` is DDR by the program's argument names.
 * @param {import('@tilewright/spec').Launch} launch
 * @param {{ buffers: Process['buffers'], formats: Process['formats'] }} memory
 * @returns {Process[]}
 */
export function processesOf(launch, memory) {
  const shim = launch.shim.flatMap(({ name, parallel, body }) =>
    points(parallel).map((scope) => ({ name: `shim ${name}${suffix(scope)}`, scope, ...memory, body })),
  );
  const memtiles = launch.memtile.flatMap(({ name, parallel, buffers, body }) =>
    points(parallel).map((scope) => ({ name: `memtile ${name}${suffix(scope)}`, scope, ...local(buffers), body })),
  );
  const cores = launch.herds.flatMap(({ name, columns, rows, buffers, body }) =>
    points([
      { variable: 'x', extent: columns },
      { variable: 'y', extent: rows },
    ]).map((scope) => ({ name: `core ${name}${suffix(scope)}`, scope, ...local(buffers), body })),
  );
  return [...shim, ...memtiles, ...cores];
}

/**
 * Every point of an iteration space, the last axis fastest.
 * @param {readonly import('@tilewright/spec').Loop[]} loops
 * @returns {Record<string, number>[]}
 */
export function points(loops) {
  return loops.reduce(
    (all, { variable, extent }) =>
      all.flatMap((point) => Array.from({ length: extent }, (_, value) => ({ ...point, [variable]: value }))),
    /** @type {Record<string, number>[]} */ ([{}]),
  );
}

/**
 * Memory as bit patterns: a DMA never converts, so NaNs and all must come through.
 * @param {import('@tilewright/spec').StorageFormat} format
 * @param {ArrayBuffer} buffer
 */
export function words(format, buffer) {
  return BYTES_PER_ELEMENT[format] === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

/** @param {readonly import('@tilewright/spec').Buffer[]} declared */
function local(declared) {
  return {
    buffers: new Map(
      declared.map(({ name, format, elements }) => [
        name,
        words(format, new ArrayBuffer(elements * BYTES_PER_ELEMENT[format])),
      ]),
    ),
    formats: new Map(declared.map(({ name, format }) => [name, format])),
  };
}

/** @param {Record<string, number>} scope */
function suffix(scope) {
  const values = Object.values(scope);
  return values.length === 0 ? '' : `(${values.join(', ')})`;
}
