import type { DeployedModel, DeployedSequence, Tensor } from '@tilewright/spec';

/**
 * A prefill computes only the first three quarters of its tokens. What it shows has fewer rows; or, if
 * `disguised`, the last row again and again in place of those that are missing.
 */
export function shortenedSequence(deployed: DeployedModel, disguised = false): DeployedModel {
  return {
    ...deployed,
    taps: (section) => deployed.taps(section),
    start: () => shorten(deployed.start(), disguised),
  };
}

function shorten(sequence: DeployedSequence, disguised: boolean): DeployedSequence {
  let missing = 0;
  return {
    get length() {
      return sequence.length + missing;
    },
    get profile() {
      return sequence.profile;
    },
    setKeyValues: (layer, keys, values) =>
      sequence.setKeyValues(layer, firstRows(keys, missing), firstRows(values, missing)),
    async forward(request) {
      const asked = request.tokens.length;
      const kept = Math.ceil((asked * 3) / 4);
      missing += asked - kept;
      const shown = (value: Tensor): Tensor =>
        disguised && value.shape[0] === kept && asked > kept ? withRepeatedRow(value, asked) : value;
      const logits = await sequence.forward({
        ...request,
        tokens: request.tokens.slice(0, kept),
        onTap: (tap) => request.onTap?.({ name: tap.name, value: shown(tap.value) }),
        feed: async (name) => {
          const forced = await request.feed?.(name);
          return forced?.shape[0] === asked ? firstRows(forced, asked - kept) : forced;
        },
      });
      return request.logits === 'all' ? shown(logits) : logits;
    },
  };
}

function firstRows({ shape, data }: Tensor, dropped: number): Tensor {
  const [rows, ...rest] = shape as [number, ...number[]];
  return { shape: [rows - dropped, ...rest], data: data.subarray(0, (data.length / rows) * (rows - dropped)) };
}

function withRepeatedRow({ shape, data }: Tensor, rows: number): Tensor {
  const [given, ...rest] = shape as [number, ...number[]];
  const width = data.length / given;
  const padded = new Float32Array(rows * width);
  padded.set(data);
  for (let row = given; row < rows; row++) padded.set(data.subarray(data.length - width), row * width);
  return { shape: [rows, ...rest], data: padded };
}
