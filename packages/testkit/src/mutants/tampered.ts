import {
  type DeployedForwardRequest,
  type DeployedModel,
  type DeployedSequence,
  layerTap,
  type Tap,
  type Tensor,
} from '@tilewright/spec';

/** What a mutant does to a deployment. */
export interface Tampering {
  /** Full names of the taps whose values are changed, wherever they are read or shown. */
  readonly taps: readonly string[];
  /** Further taps that `change` wants to have seen. */
  readonly watches?: readonly string[];
  /** The wrong value. `seen` has the latest value of each touched or watched tap, as computed. */
  change(tap: Tap, seen: ReadonlyMap<string, Tensor>): Tensor;
}

/**
 * Wraps a deployed model so that some of its values come out wrong, and everything computed from them
 * with them: the wrong value is fed back, unless the caller forces another one there. A first run of
 * such a deployment is as consistent as that of a deployment with a wrong kernel.
 */
export function tampered(deployed: DeployedModel, tampering: Tampering): DeployedModel {
  return { ...deployed, taps: (section) => deployed.taps(section), start: () => tamper(deployed.start(), tampering) };
}

function tamper(sequence: DeployedSequence, tampering: Tampering): DeployedSequence {
  const touched = new Set(tampering.taps);
  const wanted = new Set([...touched, ...(tampering.watches ?? [])]);
  const seen = new Map<string, Tensor>();
  return {
    get length() {
      return sequence.length;
    },
    get profile() {
      return sequence.profile;
    },
    setKeyValues: (layer, keys, values) => sequence.setKeyValues(layer, keys, values),
    async forward(request: DeployedForwardRequest): Promise<Tensor> {
      const wrong = new Map<string, Tensor>();
      const isAsked = (name: string): boolean => request.taps === 'all' || (request.taps?.has(name) ?? false);
      const logits = await sequence.forward({
        ...request,
        taps: request.taps === 'all' ? 'all' : new Set([...(request.taps ?? []), ...wanted]),
        onTap: async (tap) => {
          let { value } = tap;
          if (touched.has(tap.name)) {
            value = tampering.change(tap, seen);
            wrong.set(tap.name, value);
          }
          if (wanted.has(tap.name)) seen.set(tap.name, tap.value);
          if (isAsked(tap.name)) await request.onTap?.({ name: tap.name, value });
        },
        feed: async (name) => {
          const forced = await request.feed?.(name);
          if (forced && wanted.has(name)) seen.set(name, forced);
          return forced ?? wrong.get(name) ?? wrong.get(precedingOutput(name));
        },
      });
      return touched.has('logits') ? tampering.change({ name: 'logits', value: logits }, seen) : logits;
    },
  };
}

/** A layer's input is the output of the layer before it. */
function precedingOutput(name: string): string {
  const layer = /^layers\.(\d+)\.input$/.exec(name)?.[1];
  if (layer === undefined) return name;
  return layer === '0' ? 'embedding' : layerTap(Number(layer) - 1, 'output');
}
