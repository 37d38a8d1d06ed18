/**
 * What saturation costs each output of a dot product, with weights in each of several grids: energies over rows of data.
 *
 * Invariant: rows and weights stand in the order of the kernel (dot-product.ts); what is computed are the sums that
 * the kernel gives, of the codes that the weights will have.
 */
import { PairSums } from '../../kernels/pair-sums.ts';
import type { DotProduct } from './dot-product.ts';

/** Energies over the rows, in units of the activations' scale. */
export interface Channel {
  /** True where sums of the rows saturate in the first grid; without rows, where some activations would do it. */
  readonly risky: boolean;
  readonly signal: number;
  /** Of the saturated sums, by grid. */
  readonly errors: readonly number[];
  /** The first grid on which no sum of the rows saturates; the last one where there is none. */
  readonly holds: number;
}

export interface ChannelsRequest {
  readonly product: DotProduct;
  readonly weights: Float32Array;
  /** Scale of an output's weights in each grid. */
  readonly scalesOf: (output: number) => readonly number[];
  /** Codes of input channels. */
  readonly rows: readonly Uint8Array[];
  /** Code of zero in them. */
  readonly zero: number;
}

export function measureChannels({
  product,
  weights,
  scalesOf,
  rows,
  zero,
}: ChannelsRequest): readonly Channel[] {
  const { depth, outputs } = product;
  const sums = new PairSums(depth, rows.length);
  const [weightSteps, channelSteps] = stepsOf(product);
  let first = -1;
  return Array.from({ length: outputs }, (_, output): Channel => {
    const scales = scalesOf(output);
    const start = product.weightAt(output, 0);
    const target = sums.weights;
    for (let k = 0; k < depth; k++) target[k] = weights[start + (weightSteps[k] as number)] as number;
    const safe: Channel = { risky: false, signal: 0, errors: scales.map(() => 0), holds: 0 };
    if (depth === 0 || !sums.encode(scales[0] as number)) return safe;
    if (rows.length === 0) return { ...safe, risky: true };
    // All outputs of a group read the same channels.
    const from = product.channelAt(output, 0);
    if (from !== first)
      for (const [at, row] of rows.entries())
        sums.setRow(at, k => row[from + (channelSteps[k] as number)] as number);
    first = from;
    if (!sums.saturates()) return safe;
    const exact = sums.exact(zero);
    let holds = scales.length - 1;
    const errors = scales.map((scale, grid) => {
      sums.encode(scale);
      if (grid < holds && !sums.saturates()) holds = grid;
      return squaredError(sums.saturated(zero), scale, exact);
    });
    return { risky: true, signal: exact.reduce((energy, y) => energy + y ** 2, 0), errors, holds };
  });
}

/** Positions along the depth, from the first: they are the same for every output. */
function stepsOf({ depth, weightAt, channelAt }: DotProduct): readonly [Uint32Array, Uint32Array] {
  const steps = (at: DotProduct['weightAt']): Uint32Array =>
    Uint32Array.from({ length: depth }, (_, k) => at(0, k) - at(0, 0));
  return [steps(weightAt), steps(channelAt)];
}

function squaredError(sums: Float64Array, scale: number, exact: Float64Array): number {
  let energy = 0;
  for (let at = 0; at < sums.length; at++)
    energy += ((sums[at] as number) * scale - (exact[at] as number)) ** 2;
  return energy;
}
