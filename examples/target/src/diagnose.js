import { BYTES_PER_ELEMENT, MICROKERNELS } from '@tilewright/spec';
import { ARITHMETIC } from './microkernels.js';

/**
 * What a program takes of the array's memories, launch by launch.
 * @param {import('@tilewright/spec').Program} program
 * @param {import('@tilewright/spec').DeviceModel} device
 */
export function resourcesOf(program, device) {
  return program.launches.flatMap(({ name: launch, stackBytes, memtile, herds }) => [
    ...herds.map((herd) => ({
      launch,
      resource: `L1 of herd ${herd.name}`,
      used: stackBytes + bytesOf(herd.buffers),
      available: device.l1BytesPerTile,
      unit: 'bytes',
    })),
    ...memtile.map((process) => ({
      launch,
      resource: `L2 of ${process.name}`,
      used: bytesOf(process.buffers),
      available: device.l2BytesPerMemtile,
      unit: 'bytes',
    })),
  ]);
}

/**
 * Everything that keeps a plan from running here, all of it.
 * @param {import('@tilewright/spec').LoweredPlan} lowered
 * @param {import('@tilewright/spec').DeviceModel} device
 * @returns {import('@tilewright/spec').Diagnostic[]}
 */
export function diagnose({ dispatches }, device) {
  return dispatches.flatMap(({ id: dispatch, program }) => [
    ...resourcesOf(program, device)
      .filter(({ used, available }) => used > available)
      .map(({ launch, resource, used, available, unit }) => ({
        code: resource.startsWith('L1') ? 'l1-exceeded' : 'l2-exceeded',
        ...{ dispatch, launch, resource, needed: used, available, unit, place: null },
        message: `${resource} needs ${used} bytes and has ${available}`,
        cure: 'Use smaller tiles.',
      })),
    ...program.launches.flatMap((launch) =>
      launch.herds.flatMap((herd) => [
        ...(herd.columns > device.columns || herd.rows > device.computeRows
          ? [
              {
                code: 'herd-out-of-array',
                ...{
                  dispatch,
                  launch: launch.name,
                  resource: `cores of herd ${herd.name}`,
                  unit: 'cores',
                  place: null,
                },
                needed: herd.columns * herd.rows,
                available: device.columns * device.computeRows,
                message: `${herd.columns} by ${herd.rows} cores do not fit ${device.columns} by ${device.computeRows}`,
                cure: 'Use a smaller herd.',
              },
            ]
          : []),
        ...[...calledIn(herd.body)]
          .filter((name) => !MICROKERNELS.has(name) || !Object.hasOwn(ARITHMETIC, name))
          .map((name) => ({
            code: 'microkernel-unknown',
            ...{ dispatch, launch: launch.name, resource: `microkernel ${name}`, unit: 'definition', place: null },
            needed: 1,
            available: 0,
            message: `there is no microkernel ${name}`,
            cure: `Call one of ${Object.keys(ARITHMETIC).join(', ')}.`,
          })),
      ]),
    ),
  ]);
}

/** @param {readonly import('@tilewright/spec').Statement[]} body @returns {Set<string>} */
function calledIn(body) {
  const names = body.flatMap((statement) => {
    if (statement.kind === 'call') return [statement.microkernel];
    return statement.kind === 'for' || statement.kind === 'if' ? [...calledIn(statement.body)] : [];
  });
  return new Set(names);
}

/** @param {readonly import('@tilewright/spec').Buffer[]} buffers */
function bytesOf(buffers) {
  return buffers.reduce((sum, { format, elements }) => sum + elements * BYTES_PER_ELEMENT[format], 0);
}
