/**
 * Smallest, largest and largest-by-size elements, over a whole array or for each slice along an axis.
 *
 * Invariant: one pass over the data; NaN anywhere in a slice makes the slice's results NaN, infinity shows as an
 * infinite end, so that "all finite" needs no pass of its own.
 */
import { extentOf } from '../kernels/extent.ts';
import { elementCount } from './tensor.ts';

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** Calling a kernel costs more than it saves below this many elements. */
const SHORT = 128;

/** Infinity and -Infinity of an empty array. An end that is zero is +0. */
export function extent(data: Float32Array): Extent {
  if (data.length > SHORT) return extentOf(data);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  // Math.min and Math.max carry NaN along.
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    min = Math.min(min, x);
    max = Math.max(max, x);
  }
  return { min: min + 0, max: max + 0 };
}

/** Largest size of an element; -Infinity for an empty array. */
export function absMax(data: Float32Array): number {
  const { min, max } = extent(data);
  return Math.max(-min, max);
}

export function isFiniteExtent({ min, max }: Extent): boolean {
  return Number.isFinite(min) && Number.isFinite(max);
}

/** Index of the first element that is NaN or infinite, or -1: for the error message, after `extent` has found one. */
export function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    // The difference is NaN for NaN and infinity.
    if (x - x !== 0) return i;
  }
  return -1;
}

/** A shape seen from one axis: `outer` repetitions of `channels` runs of `inner` neighbouring elements. */
export interface AxisView {
  readonly outer: number;
  readonly channels: number;
  readonly inner: number;
}

/** @param axis may count from the end (-1 is the last). @throws RangeError outside the rank. */
export function axisView(dims: readonly number[], axis: number): AxisView {
  const at = axis < 0 ? axis + dims.length : axis;
  const channels = dims[at];
  if (channels === undefined) throw new RangeError(`axis ${axis} of a shape of rank ${dims.length}`);
  return { outer: elementCount(dims.slice(0, at)), channels, inner: elementCount(dims.slice(at + 1)) };
}

export interface AxisExtents {
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** Extent of each slice along `axis`. An empty slice has Infinity and -Infinity. */
export function extentsAlong(data: Float32Array, dims: readonly number[], axis: number): AxisExtents {
  const { outer, channels, inner } = axisView(dims, axis);
  const min = new Float32Array(channels).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(channels).fill(Number.NEGATIVE_INFINITY);
  let at = 0;
  if (inner === 1) {
    for (let o = 0; o < outer; o++)
      for (let c = 0; c < channels; c++) {
        const x = data[at++] as number;
        min[c] = Math.min(min[c] as number, x);
        max[c] = Math.max(max[c] as number, x);
      }
    return { min, max };
  }
  for (let o = 0; o < outer; o++)
    for (let c = 0; c < channels; c++) {
      let low = min[c] as number;
      let high = max[c] as number;
      for (const end = at + inner; at < end; at++) {
        const x = data[at] as number;
        low = Math.min(low, x);
        high = Math.max(high, x);
      }
      min[c] = low;
      max[c] = high;
    }
  return { min, max };
}

/** Largest size of an element in each slice along `axis`; 0 for an empty slice. */
export function absMaxAlong(data: Float32Array, dims: readonly number[], axis: number): Float32Array {
  const { min, max } = extentsAlong(data, dims, axis);
  for (let c = 0; c < max.length; c++) max[c] = Math.max(-(min[c] as number), max[c] as number, 0);
  return max;
}
