import { SMALL_DEVICE, smallSituation } from '@tilewright/testkit';

const device = { ...SMALL_DEVICE, id: 'xdna2', columns: 8, l1BytesPerTile: 65_536 };

/** The testkit's situation with two adds of each layer in one dispatch, as kernels of the registry on so many columns. */
function merged(columns, phase = 3) {
  const { plan, ...situation } = smallSituation(phase);
  const section = (/** @type {import('@tilewright/spec').PlanSection} */ of, elements) => ({
    ...of,
    layer: [
      {
        kind: 'dispatch',
        id: 'adds',
        launches: of.layer
          .flatMap((step) => (step.kind === 'dispatch' ? step.launches : []))
          .map((launch) => ({
            ...launch,
            kernel: {
              origin: 'registry',
              name: 'add',
              version: 1,
              shape: { elements },
              config: { tile: elements / columns, herdColumns: columns, herdRows: 1 },
              basis: { kind: 'derived', nearest: null, reason: 'made for a test' },
            },
          })),
      },
    ],
  });
  const { prefill, decode, head } = plan.sections;
  const sections = { prefill: section(prefill, 1024), decode: section(decode, 64), head };
  return { ...situation, device, plan: { ...plan, device: device.id, sections } };
}

export const applies = [merged(4), merged(2), merged(4, 4), merged(4, 5)];

/** One column already; dispatches of one launch; another device. */
export const doesNotApply = [merged(1), smallSituation(4), { ...merged(4), device: SMALL_DEVICE }];

/** As far as this skill's edits go; `tilewright skills lint` has the registry's own. */
export function applyEdits(plan, edits) {
  return edits.reduce(applyEdit, plan);
}

function applyEdit(plan, { section, launch, kernel }) {
  const steps = (list) =>
    list.map((step) => {
      if (step.kind !== 'dispatch') return step;
      return { ...step, launches: step.launches.map((one) => (one.id === launch ? { ...one, kernel } : one)) };
    });
  const { once, layer, ...rest } = plan.sections[section];
  return { ...plan, sections: { ...plan.sections, [section]: { ...rest, once: steps(once), layer: steps(layer) } } };
}
