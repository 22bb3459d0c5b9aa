import { type DeployedModel, RuntimeFault } from '@tilewright/spec';

/** A deployed model, and the last fault of the device that came by: gates keep only its message. */
export interface WatchedModel {
  readonly deployed: DeployedModel;
  fault(): RuntimeFault | null;
}

/** Lets every call through, and remembers the fault, whose dump debug skills read. */
export function recordFaults(deployed: DeployedModel): WatchedModel {
  let fault: RuntimeFault | null = null;
  const watched: DeployedModel = {
    model: deployed.model,
    taps: (section) => deployed.taps(section),
    inside: (section) => deployed.inside?.(section) ?? [],
    close: () => deployed.close(),
    start: () => {
      const sequence = deployed.start();
      return {
        get length() {
          return sequence.length;
        },
        get profile() {
          return sequence.profile;
        },
        setKeyValues: (layer, keys, values) => sequence.setKeyValues(layer, keys, values),
        forward: async (request) => {
          try {
            return await sequence.forward(request);
          } catch (error) {
            if (error instanceof RuntimeFault) fault = error;
            throw error;
          }
        },
      };
    },
  };
  return { deployed: watched, fault: () => fault };
}
