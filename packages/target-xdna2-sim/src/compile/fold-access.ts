import {
  type AccessPattern,
  type Affine,
  BYTES_PER_ELEMENT,
  type DeviceModel,
  type StorageFormat,
} from '@tilewright/spec';

/** A loop around a transfer, and whether it is one of the launch's grid axes. */
export interface AroundLoop {
  readonly variable: string;
  readonly extent: number;
  readonly isGrid: boolean;
}

export interface Dimension {
  readonly size: number;
  readonly stride: number;
}

/** What a shim channel needs for one transfer statement and the loops around it, within a batch. */
export interface FoldedAccess {
  /** Queue pushes; each holds one descriptor until the batch ends. */
  readonly tasks: number;
  /** How often each push runs its descriptor. */
  readonly repeat: number;
  /** Of one descriptor, outermost first, in elements, without the repeat. */
  readonly dimensions: readonly Dimension[];
  readonly broken: readonly BrokenBound[];
}

export interface BrokenBound {
  readonly code: 'stride-exceeded' | 'wrap-exceeded' | 'dimensions-exceeded' | 'repeat-count-exceeded';
  readonly needed: number;
  readonly available: number;
  readonly unit: string;
  readonly message: string;
}

/**
 * Folds loops into a shim descriptor from the inside out, by the rules of the MLIR-AIR compiler
 * (`facts/dataflows.md` 1.4): contiguous accesses are one linear transfer of any length; a wrap
 * above 1,023 is split in two; a loop is folded while the dimensions suffice and becomes separate
 * tasks otherwise, as do all loops outside it; a loop that re-reads the same data is a repeat.
 */
export function foldShimAccess(
  access: AccessPattern,
  loops: readonly AroundLoop[],
  format: StorageFormat,
  device: DeviceModel,
): FoldedAccess {
  const { dma } = device;
  const maxWrap = (dma.shimWraps.at(-1) as number) - 1;
  const maxOutermost = (dma.shimWraps[0] as number) - 1;
  const maxRepeat = dma.maxRepeatCount + 1;
  const elementsPerWord = 4 / BYTES_PER_ELEMENT[format];
  const broken: BrokenBound[] = [];
  const inWords = (stride: number): number => Math.abs(stride) / elementsPerWord;

  let dimensions = linearised(access);
  for (const { stride } of dimensions) {
    if (inWords(stride) > dma.maxStrideWords)
      broken.push(strideBound(inWords(stride), dma.maxStrideWords, 'a pattern'));
  }
  let repeat = 1;
  let tasks = 1;
  let unrolling = false;
  for (let i = loops.length - 1; i >= 0; i--) {
    const loop = loops[i] as AroundLoop;
    if (loop.extent <= 1) continue;
    const step = access.offset.coefficients[loop.variable] ?? 0;
    if (unrolling) {
      tasks *= loop.extent;
      continue;
    }
    const linear = dimensions.length <= 1 && (dimensions[0]?.stride ?? 1) === 1 && repeat === 1;
    const length = dimensions[0]?.size ?? 1;
    if (linear && step === length) {
      dimensions = [{ size: length * loop.extent, stride: 1 }];
      continue;
    }
    const before = split(dimensions, maxWrap, dma.maxStrideWords);
    if (step === 0 && (repeat > 1 || before.length < dma.dimensions || linear)) {
      repeat *= loop.extent;
      continue;
    }
    if (step !== 0 && inWords(step) > dma.maxStrideWords && !loop.isGrid) {
      broken.push(strideBound(inWords(step), dma.maxStrideWords, `the loop over ${loop.variable}`));
    }
    const after = split([{ size: loop.extent, stride: step }, ...dimensions], maxWrap, dma.maxStrideWords);
    const fits =
      step !== 0 &&
      repeat === 1 &&
      inWords(step) <= dma.maxStrideWords &&
      before.length < dma.dimensions &&
      after.length <= dma.dimensions;
    if (fits) dimensions = [{ size: loop.extent, stride: step }, ...dimensions];
    else {
      unrolling = true;
      tasks *= loop.extent;
    }
  }

  // A linear transfer has one counter of its own and no wraps.
  const isLinear = dimensions.length <= 1 && (dimensions[0]?.stride ?? 1) === 1;
  let final = isLinear ? dimensions : split(dimensions, maxWrap, dma.maxStrideWords);
  if (!isLinear) {
    if (final.length > dma.dimensions) {
      const needed = dimensions.length;
      if (needed > dma.dimensions) {
        broken.push({
          code: 'dimensions-exceeded',
          needed,
          available: dma.dimensions,
          unit: 'dimensions',
          message: `The access has ${needed} dimensions that do not merge.`,
        });
      } else broken.push(wrapBound(Math.max(...dimensions.map(({ size }) => size)), maxWrap));
    }
    const outermost = final[0] as Dimension;
    if (final.length === dma.dimensions && outermost.size > maxOutermost) {
      const kept = largestDivisor(outermost.size, maxOutermost);
      tasks *= outermost.size / kept;
      final = [{ ...outermost, size: kept }, ...final.slice(1)];
    }
    const widest = Math.max(...final.map(({ size }) => size));
    if (widest > maxWrap) broken.push(wrapBound(widest, maxWrap));
  }
  if (repeat > maxRepeat) {
    const kept = largestDivisor(repeat, maxRepeat);
    if (repeat / kept > device.bufferDescriptors.shim) {
      broken.push({
        code: 'repeat-count-exceeded',
        needed: repeat - 1,
        available: dma.maxRepeatCount,
        unit: 'repeats',
        message: `The same data is sent ${repeat} times, which ${device.bufferDescriptors.shim} tasks of at most ${maxRepeat} do not make up.`,
      });
    }
    tasks *= repeat / kept;
    repeat = kept;
  }
  return { tasks, repeat, dimensions: final, broken };
}

/** The pattern without axes of extent 1, and as one dimension where it is contiguous. */
export function linearised(access: AccessPattern): Dimension[] {
  const dimensions: Dimension[] = [];
  for (let axis = access.sizes.length - 1; axis >= 0; axis--) {
    const size = access.sizes[axis] as number;
    const stride = access.strides[axis] as number;
    if (size === 1) continue;
    const inner = dimensions[0];
    if (dimensions.length === 1 && inner !== undefined && inner.stride === 1 && stride === inner.size) {
      dimensions[0] = { size: size * inner.size, stride: 1 };
    } else dimensions.unshift({ size, stride });
  }
  return dimensions;
}

/** Whether every coefficient of an offset on these loops is zero: the same place every time. */
export function isFixed(offset: Affine, loops: readonly { readonly variable: string }[]): boolean {
  return loops.every(({ variable }) => (offset.coefficients[variable] ?? 0) === 0);
}

/** Cuts wraps above the bound in two, the larger factor outside where the stride would be too long. */
function split(dimensions: readonly Dimension[], maxWrap: number, maxStrideElements: number): Dimension[] {
  return dimensions.flatMap(({ size, stride }) => {
    if (size <= maxWrap) return [{ size, stride }];
    const inner = largestDivisor(size, maxWrap);
    const outer = size / inner;
    if (Math.abs(inner * stride) <= maxStrideElements) {
      return [
        { size: outer, stride: inner * stride },
        { size: inner, stride },
      ];
    }
    return [
      { size: inner, stride: outer * stride },
      { size: outer, stride },
    ];
  });
}

function largestDivisor(value: number, limit: number): number {
  for (let divisor = Math.min(limit, value); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}

function strideBound(needed: number, available: number, what: string): BrokenBound {
  return {
    code: 'stride-exceeded',
    needed,
    available,
    unit: '32-bit words',
    message: `The stride of ${what} is ${needed} words; the field holds ${available}.`,
  };
}

function wrapBound(needed: number, available: number): BrokenBound {
  return {
    code: 'wrap-exceeded',
    needed,
    available,
    unit: 'elements',
    message: `A dimension of ${needed} elements does not split into wraps of at most ${available}.`,
  };
}
