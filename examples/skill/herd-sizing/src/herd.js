/** What it costs to configure a tile for a launch of an ELF: a constant fitted to published latencies of an XDNA 2. */
const CONFIGURE_TILE_US = 9.3;
const LANES = 16;
const LARGEST_TILE = 2048;
const BYTES_PER_ELEMENT = 2;

/** @typedef {import('@tilewright/spec').RegistryKernel} RegistryKernel */

/**
 * The kernels that share out independent elements or rows among columns: nanoseconds of one core per element, and
 * what their elements are.
 * @type {Readonly<Record<string, { elementNs: number, rows: boolean }>>}
 */
const KERNELS = {
  add: { elementNs: 0.6, rows: false },
  'silu-mul': { elementNs: 2, rows: false },
  rope: { elementNs: 0.5, rows: true },
  'rms-norm': { elementNs: 1.2, rows: true },
};

/**
 * What a launch takes with this many columns, as far as that depends on them, in microseconds.
 * @param {RegistryKernel} kernel
 * @param {number} columns
 */
export function herdUs({ name, shape }, columns) {
  const { elementNs, rows } = KERNELS[name];
  const elements = rows ? shape.rows * shape.width : shape.elements;
  return CONFIGURE_TILE_US * columns + (elements * elementNs) / 1000 / columns;
}

/**
 * The settings with which a launch should be quickest; null where it is not one of these kernels.
 * @param {RegistryKernel} kernel
 * @param {import('@tilewright/spec').DeviceModel} device
 * @returns {{ herdColumns: number, tile?: number } | null}
 */
export function bestHerd(kernel, device) {
  const known = Object.hasOwn(KERNELS, kernel.name) ? KERNELS[kernel.name] : undefined;
  if (known === undefined || (kernel.config.herdRows ?? 1) !== 1) return null;
  const herds = Array.from({ length: device.columns }, (_, index) => index + 1).flatMap((herdColumns) => {
    if (known.rows) return kernel.shape.rows % herdColumns === 0 ? [{ herdColumns }] : [];
    const tile = tileOf(kernel.shape.elements, herdColumns, device);
    return tile === null ? [] : [{ herdColumns, tile }];
  });
  const us = (herd) => herdUs(kernel, herd.herdColumns);
  return herds.reduce((best, herd) => (best === null || us(herd) < us(best) ? herd : best), null);
}

/**
 * The largest tile that divides what a column has into steps that double buffering takes: up to three, or an even
 * number. Three doubled buffers and the stack must fit L1.
 * @param {number} elements
 * @param {number} columns
 * @param {import('@tilewright/spec').DeviceModel} device
 */
function tileOf(elements, columns, device) {
  const most = Math.min(LARGEST_TILE, (device.l1BytesPerTile - 1024) / (2 * 3 * BYTES_PER_ELEMENT));
  for (let tile = most - (most % LANES); tile >= LANES; tile -= LANES) {
    const steps = elements / (columns * tile);
    if (Number.isInteger(steps) && (steps <= 3 || steps % 2 === 0)) return tile;
  }
  return null;
}
