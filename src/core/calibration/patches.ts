/**
 * The vectors that enter a dot product: rows of a matrix product, or the patches under a convolution's kernel, in the
 * order in which its weights are stored (channel of the group, then kernel positions; zeros where the pads are).
 *
 *   vectors: [..., size]                  patches: x[n, c, y * stride + ky * dilation - pad, ...], 1 or 2 dimensions
 *
 * Invariant: a run gives at most `most` vectors of each group, spread evenly over its positions, so that the work for
 * one run is bounded; the place where they start moves from run to run.
 * https://onnx.ai/onnx/operators/onnx__Conv.html
 */
export interface VectorShape {
  readonly groups: number;
  /** Length of one group's vectors. */
  readonly size: number;
  /** Undefined for a matrix product. */
  readonly window?: Window;
}

/** Of a convolution over [N, C, H, W]; one over [N, C, W] has height 1. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** In front of the first row and column, and behind the last. */
  readonly pads: Pads | 'SAME_UPPER' | 'SAME_LOWER';
}
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

/** Moves the start from run to run through all positions: the golden ratio leaves the largest gaps filled. */
const GOLDEN = 0.6180339887498949;

export interface Run {
  readonly data: Float32Array;
  readonly dims: readonly number[];
  /** Number of the run, from 0. */
  readonly index: number;
}

/** Up to `most` vectors of a run: those of a group stand one after another. */
export function vectorsOf(shape: VectorShape, run: Run, most: number): (group: number) => Float32Array {
  const { window } = shape;
  if (window) return patchesOf({ ...shape, window }, run, most);
  const rows = rowsOf(shape.size, run, most);
  return () => rows;
}

/** Numbers of the positions that are taken, of `count`. */
function positions(count: number, most: number, run: number): Uint32Array {
  const taken = Math.min(count, most);
  const start = taken === count ? 0 : (run * GOLDEN) % 1;
  return Uint32Array.from({ length: taken }, (_, i) => Math.floor(((i + start) * count) / taken));
}

function rowsOf(size: number, { data, index }: Run, most: number): Float32Array {
  const count = Math.floor(data.length / size);
  if (count <= most) return data.subarray(0, count * size);
  const rows = new Float32Array(most * size);
  for (const [i, row] of positions(count, most, index).entries())
    rows.set(data.subarray(row * size, (row + 1) * size), i * size);
  return rows;
}

function patchesOf(
  { groups, size, window }: Required<VectorShape>,
  { data, dims, index }: Run,
  most: number,
): (group: number) => Float32Array {
  const [batch = 0, channels = 0] = dims;
  const [height, width] = dims.length === 3 ? [1, dims[2] ?? 0] : [dims[2] ?? 0, dims[3] ?? 0];
  const { kernel, strides, dilations } = window;
  const [top, left, bottom, right] = padsOf(window, height, width);
  const rows = outputLength(height + top + bottom, kernel[0], strides[0], dilations[0]);
  const columns = outputLength(width + left + right, kernel[1], strides[1], dilations[1]);
  const chosen = positions(batch * rows * columns, most, index);
  const perGroup = channels / groups;
  const plane = height * width;
  return group => {
    const patches = new Float32Array(chosen.length * size);
    for (let i = 0, at = 0; i < chosen.length; i++) {
      const position = chosen[i] as number;
      const y0 = (Math.floor(position / columns) % rows) * strides[0] - top;
      const x0 = (position % columns) * strides[1] - left;
      const sample = Math.floor(position / (rows * columns)) * channels;
      const first = (sample + group * perGroup) * plane;
      for (let start = first; start < first + perGroup * plane; start += plane)
        for (let ky = 0; ky < kernel[0]; ky++) {
          const y = y0 + ky * dilations[0];
          const row = start + y * width;
          for (let kx = 0, x = x0; kx < kernel[1]; kx++, x += dilations[1], at++)
            if (y >= 0 && y < height && x >= 0 && x < width) patches[at] = data[row + x] as number;
        }
    }
    return patches;
  };
}

function outputLength(padded: number, kernel: number, stride: number, dilation: number): number {
  return Math.max(Math.floor((padded - (kernel - 1) * dilation - 1) / stride) + 1, 0);
}

/** SAME: as many outputs as strides fit; the odd pad stands behind (UPPER) or in front (LOWER). */
function padsOf({ kernel, strides, dilations, pads }: Window, height: number, width: number): Pads {
  if (typeof pads !== 'string') return pads;
  const [y, x] = [height, width].map((length, i) => {
    const wanted = Math.ceil(length / strides[i]!);
    const total = Math.max((wanted - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - length, 0);
    const less = Math.floor(total / 2);
    return pads === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  }) as [[number, number], [number, number]];
  return [y[0], x[0], y[1], x[1]];
}
