import { addProgram } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { CALIBRATION_RECORD, estimateError } from './calibration-record.ts';
import { CALIBRATION, CONSTANTS } from './constants.ts';
import { TIMED_MICROKERNELS } from './microkernel-work.ts';

describe('the calibration', () => {
  it('has at most forty constants, those of the host included, each with unit, meaning and the rows that fix it', () => {
    const constants = Object.entries(CALIBRATION);
    expect(constants.length + Object.keys(XDNA2.host).length).toBeLessThanOrEqual(40);
    for (const [name, { value, unit, meaning, rows }] of constants) {
      expect(value, name).toBeGreaterThan(0);
      for (const text of [unit, meaning, rows]) expect(text, name).toMatch(/./);
    }
  });

  it('is recorded with the constants that are in use', () => {
    expect(CALIBRATION_RECORD.constants).toEqual(CONSTANTS);
  });
});

describe('the error bar of an estimate', () => {
  it('is the error of its kernel at shapes that were left out', () => {
    const program = addProgram({ tiles: 8, steps: 4, tile: 64 });
    expect(estimateError(program)).toEqual({
      share: CALIBRATION_RECORD.leaveOneOut.EltwiseAdd?.p90,
      kernels: ['EltwiseAdd'],
    });
  });

  it('weighs launches by their time, and falls back on all kernels', () => {
    const add = addProgram({ tiles: 8, steps: 4, tile: 64 });
    const [launch] = add.launches;
    if (launch === undefined) throw new Error('the trial program has no launch');
    const silent = { ...launch, name: 'silent', herds: launch.herds.map((herd) => ({ ...herd, body: [] })) };
    const { share, kernels } = estimateError({ ...add, launches: [launch, silent] });
    const errors = [
      CALIBRATION_RECORD.leaveOneOut.EltwiseAdd?.p90,
      CALIBRATION_RECORD.leaveOneOut.all?.p90,
    ] as number[];
    expect(kernels).toEqual(['EltwiseAdd', 'all']);
    expect(share).toBeGreaterThan(Math.min(...errors));
    expect(share).toBeLessThan(Math.max(...errors));
  });
});

it('every microkernel that can run has a work model', () => {
  for (const name of XDNA2_MICROKERNELS.keys()) expect(TIMED_MICROKERNELS.has(name), name).toBe(true);
});
