import { CompileError, type Diagnostic, type Program, type Target } from '@tilewright/spec';
import { addProgram } from '../../programs/add-program.ts';
import { copyProgram } from '../../programs/copy-program.ts';
import { loweredTrial } from '../../programs/lowered-trial.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { ensure, rejectionOf } from '../ensure.ts';
import type { TargetFactory } from './trial-session.ts';

const copy = copyProgram({ steps: 2, tile: 256 });
const add = addProgram({ tiles: 2, steps: 2, tile: 64 });

/** Compiling says what fits, and refuses the rest as data. */
export function compileCases(make: TargetFactory): readonly ConformanceCase[] {
  return [
    {
      name: 'it names itself and its device',
      run: async () => {
        const { id, kind, specificationVersion, timing, device } = await make();
        ensure(specificationVersion === 'v1', `specificationVersion is ${specificationVersion} instead of v1.`);
        ensure(kind === 'spatial', `kind is ${kind} instead of spatial.`);
        ensure(/^[a-z0-9][a-z0-9-]*$/.test(id), `The id "${id}" is not lower-case words joined by hyphens.`);
        ensure(timing === 'estimate' || timing === 'measurement', `timing is ${timing}.`);
        const { columns, computeRows, l1BytesPerTile } = device;
        for (const [name, value] of Object.entries({ columns, computeRows, l1BytesPerTile })) {
          ensure(
            Number.isInteger(value) && value > 0,
            `device.${name} is ${value}; it must be a positive whole number.`,
          );
        }
      },
    },
    {
      name: 'what fits is supported, compiles, and says what it uses',
      run: async () => {
        const target = await make();
        const lowered = loweredTrial(target.device.id, { copy, add });
        const support = await target.supports(lowered);
        ensure(support.ok, 'supports() refuses a copy and an add of a few hundred elements.');
        const compiled = await target.compile(lowered);
        ensure(compiled.target === target.id, `compiled.target is ${compiled.target} instead of ${target.id}.`);
        for (const { id } of lowered.dispatches) {
          const resources = compiled.resources.get(id);
          ensure(resources !== undefined, `compiled.resources has nothing about ${id}.`);
          for (const { resource, used, available } of resources) {
            ensure(used <= available, `${id} compiled though it uses ${used} of ${available} ${resource}.`);
          }
        }
      },
    },
    {
      name: 'what does not fit L1 is refused as a CompileError with need and limit',
      run: async () => {
        const target = await make();
        const diagnostics = await refusal(target, { big: oversized(target) });
        const exceeded = diagnostics.find(({ code }) => code === 'l1-exceeded');
        ensure(
          exceeded !== undefined,
          `The diagnostics are ${diagnostics.map(({ code }) => code).join(', ')}; l1-exceeded is missing.`,
        );
        ensure(
          exceeded.needed > exceeded.available && exceeded.available > 0,
          `It says that ${exceeded.needed} of ${exceeded.available} ${exceeded.unit} are needed.`,
        );
        ensure(exceeded.message !== '' && exceeded.cure !== '', 'The diagnostic lacks a message or a cure.');
      },
    },
    {
      name: 'all broken limits are reported, not the first',
      run: async () => {
        const target = await make();
        const diagnostics = await refusal(target, { one: oversized(target), fits: add, two: oversized(target) });
        const dispatches = new Set(diagnostics.map(({ dispatch }) => dispatch));
        ensure(
          dispatches.has('prefill/one') && dispatches.has('prefill/two'),
          `Two dispatches are too large, and the diagnostics are about ${[...dispatches].join(', ')}.`,
        );
        ensure(!dispatches.has('prefill/fits'), 'A dispatch that fits is among the diagnostics.');
      },
    },
    {
      name: 'supports() says what compile() throws',
      run: async () => {
        const target = await make();
        const lowered = loweredTrial(target.device.id, { big: oversized(target) });
        const thrown = await refusal(target, { big: oversized(target) });
        const support = await target.supports(lowered);
        ensure(!support.ok, 'supports() accepts what compile() refuses.');
        const codes = (list: readonly Diagnostic[]) => list.map(({ code }) => code).join(', ');
        ensure(
          codes(support.diagnostics) === codes(thrown),
          `supports() reports ${codes(support.diagnostics)}, compile() ${codes(thrown)}.`,
        );
      },
    },
    {
      name: 'an unknown microkernel is a diagnostic',
      run: async () => {
        const target = await make();
        const text = JSON.stringify(add).replaceAll('"add-bf16"', '"no-such-microkernel"');
        const diagnostics = await refusal(target, { odd: JSON.parse(text) as Program });
        ensure(
          diagnostics.some(({ code }) => code === 'microkernel-unknown'),
          `The diagnostics are ${diagnostics.map(({ code }) => code).join(', ')}; microkernel-unknown is missing.`,
        );
      },
    },
  ];
}

/** An add whose three buffers take at least three times the L1 of a core. */
function oversized(target: Target): Program {
  const tile = Math.ceil(target.device.l1BytesPerTile / 2 / 16) * 16;
  return addProgram({ tiles: 1, steps: 2, tile });
}

async function refusal(target: Target, programs: Readonly<Record<string, Program>>): Promise<readonly Diagnostic[]> {
  const error = await rejectionOf(target.compile(loweredTrial(target.device.id, programs)), 'A plan that does not fit');
  const diagnostics = error instanceof Error && 'diagnostics' in error ? error.diagnostics : undefined;
  ensure(
    error instanceof CompileError || (Array.isArray(diagnostics) && 'code' in (error as Error)),
    `compile() rejects with "${error instanceof Error ? error.message : error}"; it must be a CompileError.`,
  );
  ensure(Array.isArray(diagnostics) && diagnostics.length > 0, 'The CompileError carries no diagnostics.');
  return diagnostics as readonly Diagnostic[];
}
