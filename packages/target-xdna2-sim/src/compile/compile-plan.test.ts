import { CompileError, type Launch, type LoweredPlan } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { XDNA2 } from '../device/xdna2.ts';
import { programOf, relayLaunch } from './__fixtures__/relay-program.ts';
import { compilePlan } from './compile-plan.ts';

const plan = (...launches: readonly Launch[]): LoweredPlan => ({
  specificationVersion: 'v1',
  device: XDNA2.id,
  dispatches: launches.map((launch, index) => ({
    id: `prefill/step${index}`,
    section: 'prefill',
    step: `step${index}`,
    program: programOf(launch),
    buffers: ['in', 'out'],
  })),
});

describe('compilePlan', () => {
  it('yields a machine and the use of every resource per dispatch', () => {
    const compiled = compilePlan('xdna2-sim', plan(relayLaunch(), relayLaunch({ columns: 8 })), XDNA2);
    expect([...compiled.machines.keys()]).toEqual(['prefill/step0', 'prefill/step1']);
    const use = compiled.resources.get('prefill/step1');
    expect(use).toContainEqual({
      launch: 'relay',
      resource: 'compute tiles',
      used: 8,
      available: 32,
      unit: 'tiles',
    });
    expect(use).toContainEqual({
      launch: 'relay',
      resource: 'L1 of the fullest core',
      used: 1024 + 2 * 2 * 128,
      available: 65_536,
      unit: 'bytes',
    });
  });

  it('throws one error with the diagnostics of all dispatches', () => {
    const wrong = plan(relayLaunch({ tile: 8192 }), relayLaunch(), relayLaunch({ columns: 8, rows: 4 }));
    try {
      compilePlan('xdna2-sim', wrong, XDNA2);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CompileError);
      const { diagnostics } = error as CompileError;
      expect(new Set(diagnostics.map(({ dispatch }) => dispatch))).toEqual(new Set(['prefill/step0', 'prefill/step2']));
    }
  });

  it('stops when asked to', () => {
    const controller = new AbortController();
    controller.abort();
    expect(() => compilePlan('xdna2-sim', plan(relayLaunch()), XDNA2, { signal: controller.signal })).toThrow(
      'cancelled',
    );
  });
});
