import {
  type DispatchStep,
  layoutElements,
  type Plan,
  type PlanBuffer,
  type PlanEdit,
  type PlanLaunch,
  type ProgramArgument,
  type SectionName,
  type SeededRandom,
} from '@tilewright/spec';
import { HOSTILE_PROGRAMS } from './hostile-programs.ts';
import { hostileText } from './hostile-values.ts';

/** A way to have less work done, or to break what does it; no edits where the plan has no place for it. */
export type Cheat = (place: Place, random: SeededRandom) => readonly PlanEdit[];

interface Place {
  readonly section: SectionName;
  readonly buffers: readonly PlanBuffer[];
  readonly steps: readonly DispatchStep[];
  readonly step: DispatchStep;
  readonly launch: PlanLaunch;
  /** Arguments of the launch with their buffers, the one that it writes last. */
  readonly bound: readonly (readonly [string, PlanBuffer])[];
}

/** Edits that cheat at one place of a plan, drawn at random. */
export function hostileEdits(plan: Plan, cheat: Cheat, random: SeededRandom): readonly PlanEdit[] {
  const section = random.pick(['prefill', 'prefill', 'decode', 'decode', 'head'] as const);
  const { buffers, once, layer } = plan.sections[section];
  const steps = [...once, ...layer].filter((step) => step.kind === 'dispatch');
  const step = random.pick(steps);
  if (step === undefined) return [];
  const launch = random.pick(step.launches);
  const found = Object.entries(launch.arguments).flatMap(([name, id]) => {
    const buffer = buffers.find((one) => one.id === id);
    return buffer === undefined ? [] : [[name, buffer] as const];
  });
  const writes = (buffer: PlanBuffer): boolean =>
    buffer.id === launch.computes || (buffer.content.kind === 'activation' && buffer.content.tap === launch.computes);
  const bound = found.toSorted(([, a], [, b]) => Number(writes(a)) - Number(writes(b)));
  return bound.length === 0 ? [] : cheat({ section, buffers, steps, step, launch, bound }, random);
}

const sameForm = (a: PlanBuffer, b: PlanBuffer): boolean =>
  a.id !== b.id && a.format === b.format && layoutElements(a.layout) === layoutElements(b.layout);

function argumentsOf(bound: Place['bound']): ProgramArgument[] {
  return bound.map(([name, { format, layout }], index) => ({
    ...{ name, format, elements: layoutElements(layout), access: index === bound.length - 1 ? 'write' : 'read' },
  }));
}

const authored =
  (kind: string): Cheat =>
  ({ section, launch, bound }, random) => {
    const program = HOSTILE_PROGRAMS[kind]?.(argumentsOf(bound), random);
    if (program === undefined) return [];
    return [{ kind: 'set-kernel', section, launch: launch.id, kernel: { origin: 'authored', name: kind, program } }];
  };

/** What a hostile agent does to a plan, by name. */
export const CHEATS: Readonly<Record<string, Cheat>> = {
  ...Object.fromEntries(Object.keys(HOSTILE_PROGRAMS).map((kind) => [`authored ${kind}`, authored(kind)])),

  'removed step': ({ section, step, launch, bound, steps, buffers }, random) => {
    const [, output] = bound.at(-1) as Place['bound'][number];
    const instead = random.pick(buffers.filter((buffer) => sameForm(buffer, output)));
    const readers = steps.flatMap((other) =>
      other.launches
        .filter(({ id }) => id !== launch.id)
        .flatMap(({ id, arguments: named }) =>
          Object.entries(named).flatMap(([argument, buffer]) => (buffer === output.id ? [{ id, argument }] : [])),
        ),
    );
    const rebound = readers.map(
      ({ id, argument }): PlanEdit => ({
        ...{ kind: 'bind-argument', section, launch: id, argument, buffer: instead?.id ?? output.id },
      }),
    );
    return [...rebound, { kind: 'remove-step', section, part: 'layer', step: step.id }];
  },

  'aliased output': ({ section, launch, bound }) => {
    const [argument, output] = bound.at(-1) as Place['bound'][number];
    const input = bound.find(([, buffer]) => sameForm(buffer, output))?.[1];
    return input === undefined
      ? []
      : [{ kind: 'bind-argument', section, launch: launch.id, argument, buffer: input.id }];
  },

  'other operand': ({ section, launch, bound, buffers }, random) => {
    const [argument, before] = random.pick(bound);
    const other = random.pick(buffers.filter((buffer) => sameForm(buffer, before)));
    return other === undefined
      ? []
      : [{ kind: 'bind-argument', section, launch: launch.id, argument, buffer: other.id }];
  },

  'kept where it changes': ({ section, bound }, random) => {
    const [, buffer] = random.pick(bound);
    const role = random.pick(['static', 'input', 'intermediate', 'output'] as const);
    return [{ kind: 'set-residency', section, buffer: buffer.id, residency: 'device', role }];
  },

  'everything on the device': ({ section, buffers }, random) => {
    const role = random.pick(['static', 'intermediate', 'input'] as const);
    return buffers.map(({ id }) => ({ kind: 'set-residency', section, buffer: id, residency: 'device', role }));
  },

  'one layer for all': ({ section, launch, bound }) => {
    const found = bound.find(([, { content }]) => content.kind === 'matrix' || content.kind === 'vector');
    if (found === undefined) return [];
    const [argument, buffer] = found;
    const { content } = buffer;
    if (content.kind !== 'matrix' && content.kind !== 'vector') return [];
    const first: PlanBuffer = {
      ...{ ...buffer, id: 'first_weight', scope: 'model' },
      content: { ...content, weight: `layers.0.${content.weight}` },
    };
    return [
      { kind: 'add-buffer', section, buffer: first },
      { kind: 'bind-argument', section, launch: launch.id, argument, buffer: first.id },
    ];
  },

  'weight that is not there': ({ section, launch, bound }, random) => {
    const found = bound.find(([, { content }]) => content.kind === 'matrix');
    if (found === undefined || found[1].content.kind !== 'matrix') return [];
    const [argument, buffer] = found;
    const content = {
      ...found[1].content,
      ...random.pick([{ weight: '__proto__' }, { firstOutput: 2 ** 40 }, { outputs: 1 }]),
    };
    return [
      { kind: 'add-buffer', section, buffer: { ...buffer, id: 'odd_weight', content } },
      { kind: 'bind-argument', section, launch: launch.id, argument, buffer: 'odd_weight' },
    ];
  },

  'hidden result': ({ section, step, launch }, random) => {
    const computes = random.pick([null, 'output', 'input', hostileText(random).slice(0, 200) || null]);
    const hidden = { ...step, launches: step.launches.map((one) => (one === launch ? { ...one, computes } : one)) };
    return [
      { kind: 'remove-step', section, part: 'layer', step: step.id },
      { kind: 'insert-step', section, part: 'layer', index: random.integer(0, 12), step: hidden },
    ];
  },

  'smaller shape': ({ section, launch }, random) => {
    const { kernel } = launch;
    if (kernel.origin === 'authored') return [];
    const names = Object.keys(kernel.shape);
    const name = random.pick(names);
    const extent = kernel.shape[name] ?? 1;
    const shape = {
      ...kernel.shape,
      [name]: random.pick([1, Math.ceil(extent / 2), extent * 2, 2 ** 31 - 1, 1e300, -1]),
    };
    return [{ kind: 'set-kernel', section, launch: launch.id, kernel: { ...kernel, shape } }];
  },

  'odd configuration': ({ section, launch }, random) => {
    const { kernel } = launch;
    if (kernel.origin === 'authored') return [];
    const name = random.pick(Object.keys(kernel.config));
    if (name === undefined) return [];
    const value = random.pick([0, 1, -16, 2 ** 40, 0.5, 'direct', true]);
    return [
      {
        kind: 'set-kernel',
        section,
        launch: launch.id,
        kernel: { ...kernel, config: { ...kernel.config, [name]: value } },
      },
    ];
  },

  'fused into nothing': ({ section, steps, launch, bound }, random) => {
    const launches = steps.flatMap((step) => step.launches);
    const at = launches.indexOf(launch);
    const fused = launches.slice(at, at + random.integer(2, 5));
    if (fused.length < 2) return [];
    const program = HOSTILE_PROGRAMS.copy?.(argumentsOf(bound), random);
    const computes = fused.at(-1)?.computes ?? null;
    if (program === undefined) return [];
    return [
      { kind: 'merge-dispatches', section, dispatches: fused.map(({ id }) => id), into: 'merged' },
      {
        ...{ kind: 'fuse-launches', section, launches: fused.map(({ id }) => id) },
        into: {
          ...{
            id: 'fused',
            kernel: { origin: 'authored', name: 'nothing', program },
            arguments: launch.arguments,
            computes,
          },
          inside: fused.slice(0, -1).flatMap(({ computes: tap }) => tap ?? []),
        },
      },
    ];
  },

  'merged and split': ({ section, steps }, random) => {
    const at = random.integer(0, Math.max(1, steps.length - 1));
    const dispatches = steps.slice(at, at + random.integer(2, 6)).map(({ id }) => id);
    if (dispatches.length < 2) return [];
    return [
      { kind: 'merge-dispatches', section, dispatches, into: random.pick(['merged', ...dispatches, '__proto__']) },
    ];
  },

  'no memory': ({ section, launch, bound }, random) => {
    const [argument, buffer] = random.pick(bound);
    const extent = 2 ** 31 - 1;
    const columns = { segments: extent, size: extent, paddedSize: extent, total: extent };
    const huge: PlanBuffer = { ...buffer, id: 'huge', layout: { ...buffer.layout, rows: extent, columns } };
    return [
      { kind: 'add-buffer', section, buffer: huge },
      ...(random.integer(0, 2) === 0
        ? [{ kind: 'bind-argument', section, launch: launch.id, argument, buffer: 'huge' } as const]
        : []),
    ];
  },

  'odd layout': ({ section, bound }, random) => {
    const [, buffer] = random.pick(bound);
    const { columns } = buffer.layout;
    const layout = random.pick([
      { ...buffer.layout, order: 'heads-first' as const },
      { ...buffer.layout, rows: 1 },
      { ...buffer.layout, heads: 7 },
      { ...buffer.layout, columns: { ...columns, total: columns.total * 2 } },
      { ...buffer.layout, columns: { ...columns, paddedSize: 1, segments: columns.size } },
    ]);
    return [{ kind: 'set-layout', section, buffer: buffer.id, layout }];
  },

  'host work': ({ section, bound, buffers }, random) => {
    const [, output] = bound.at(-1) as Place['bound'][number];
    const other = random.pick(buffers).id;
    const operation = random.pick([
      { name: 'embedding', output: output.id },
      { name: 'final-norm', output: output.id },
      { name: 'decode-attention', query: other, output: output.id },
      { name: 'append-key-values', keys: other, values: output.id },
      { name: 'transpose', input: other, output: output.id },
      { name: 'gather-logits', inputs: [other, output.id] },
      { name: 'rope-table', output: output.id },
    ] as const);
    const part = random.pick(['once', 'layer'] as const);
    return [
      { kind: 'insert-step', section, part, index: random.integer(0, 8), step: { kind: 'host', id: 'odd', operation } },
    ];
  },
};
