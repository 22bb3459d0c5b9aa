import { type DeviceShare, layerOps, type Plan, type ProfileEntry } from '@tilewright/spec';

interface Share {
  readonly device: number;
  readonly total: number;
}

/**
 * How much of the work that a model needs the device does: of its multiply-accumulates (projections, attention,
 * LM head; padding does not count), by what the plan's launches say that they compute, and of the time.
 */
export function deviceShare(
  plan: Plan,
  entries: readonly ProfileEntry[],
  lengths: { readonly promptTokens: number; readonly decodeLength: number },
): DeviceShare {
  const { promptTokens, decodeLength } = lengths;
  // A prefill's token t attends to t + 1 positions; a decoded token to the whole sequence.
  const prefillPairs = (promptTokens * (promptTokens + 1)) / 2;
  return {
    prefillMultiplyAccumulates: ratio(multiplyAccumulates(plan, 'prefill', promptTokens, prefillPairs)),
    decodeMultiplyAccumulates: ratio(multiplyAccumulates(plan, 'decode', 1, decodeLength)),
    prefillTime: ratio(time(entries, 'prefill')),
    decodeTime: ratio(time(entries, 'decode')),
  };
}

function multiplyAccumulates(plan: Plan, section: 'prefill' | 'decode', tokens: number, pairs: number): Share {
  const { model } = plan;
  const computed = computedTaps(plan, section);
  let device = 0;
  let total = 0;
  const add = (amount: number, onDevice: boolean): void => {
    total += amount;
    if (onDevice) device += amount;
  };
  for (const op of layerOps(model)) {
    const amount =
      op.kind === 'matmul'
        ? tokens * op.outputWidth * (op.reduction as number)
        : op.kind === 'attention'
          ? 2 * pairs * model.heads * model.headDim
          : 0;
    add(model.layers * amount, computed.has(op.output));
  }
  add(model.vocabularySize * model.hiddenSize, computedTaps(plan, 'head').has('logits'));
  return { device, total };
}

function computedTaps(plan: Plan, section: 'prefill' | 'decode' | 'head'): ReadonlySet<string> {
  const { once, layer } = plan.sections[section];
  return new Set(
    [...once, ...layer].flatMap((step) =>
      step.kind === 'dispatch'
        ? step.launches.flatMap(({ computes, inside = [] }) => [...inside, ...(computes === null ? [] : [computes])])
        : [],
    ),
  );
}

/** A section and the head after it. */
function time(entries: readonly ProfileEntry[], section: 'prefill' | 'decode'): Share {
  const ours = entries.filter((entry) => entry.section === section || entry.section === 'head');
  const sum = (of: readonly ProfileEntry[]): number => of.reduce((us, entry) => us + entry.us, 0);
  return { device: sum(ours.filter(({ action }) => action === 'run')), total: sum(ours) };
}

function ratio({ device, total }: Share): number {
  return total === 0 ? 0 : device / total;
}
