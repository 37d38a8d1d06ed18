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
  /** Of the saturated sums, by grid; infinite where nobody looked. */
  readonly errors: readonly number[];
  /** The first grid on which no sum of the rows saturates; the last one where there is none. */
  readonly holds: number;
}

export interface ChannelsRequest {
  readonly product: DotProduct;
  readonly weights: Float32Array;
  /** Scale of an output's weights in each grid, the one with most codes first. */
  readonly scalesOf: (output: number) => readonly number[];
  /** Left out, an output is done with the first grid on which nothing saturates: the others have fewer codes for nothing. */
  readonly everyGrid: boolean;
  /** Codes of input channels. */
  readonly rows: readonly Uint8Array[];
  /** Code of zero in them. */
  readonly zero: number;
}

export function measureChannels(request: ChannelsRequest): readonly Channel[] {
  const { product, rows } = request;
  const sums = new PairSums(product.depth, rows.length);
  const channelSteps = stepsOf(product, product.channelAt);
  let first = -1;
  return Array.from(weightsByOutput(request), (weights, output): Channel => {
    const scales = request.scalesOf(output);
    const safe: Channel = { risky: false, signal: 0, errors: scales.map(() => 0), holds: 0 };
    sums.weights.set(weights);
    if (weights.length === 0 || !sums.encode(scales[0] as number)) return safe;
    if (rows.length === 0) return { ...safe, risky: true };
    // All outputs of a group read the same channels.
    const from = product.channelAt(output, 0);
    if (from !== first)
      for (const [at, row] of rows.entries())
        sums.setRow(at, k => row[from + (channelSteps[k] as number)] as number);
    first = from;
    return sums.saturates() ? measure(sums, scales, request) : safe;
  });
}

function measure(sums: PairSums, scales: readonly number[], { zero, everyGrid }: ChannelsRequest): Channel {
  const exact = sums.exact(zero);
  const signal = exact.reduce((energy, y) => energy + y ** 2, 0);
  const errors = scales.map(() => Number.POSITIVE_INFINITY);
  let holds = scales.length - 1;
  for (const [grid, scale] of scales.entries()) {
    sums.encode(scale);
    errors[grid] = sums.squaredError(exact, scale, zero);
    if (grid < holds && !sums.saturates()) holds = grid;
    if (grid === holds && !everyGrid && signal > 0) break;
  }
  return { risky: true, signal, errors, holds };
}

/** Outputs whose weights are taken out of a matrix at once: a line of the cache holds so many neighbours. */
const NEIGHBOURS = 16;

/** Weights of each output in the order of the depth, good until the next ones are asked for. */
function* weightsByOutput({ product, weights }: ChannelsRequest): Generator<Float32Array> {
  const { depth, outputs } = product;
  const steps = stepsOf(product, product.weightAt);
  const taken = new Float32Array(Math.min(NEIGHBOURS, outputs) * depth);
  for (let output = 0; output < outputs; ) {
    const start = product.weightAt(output, 0);
    const last = Math.min(output + NEIGHBOURS, outputs) - 1;
    const count = product.weightAt(last, 0) - start === last - output ? last - output + 1 : 1;
    for (let k = 0; k < depth; k++)
      for (let i = 0, at = start + (steps[k] as number); i < count; i++, at++)
        taken[i * depth + k] = weights[at] as number;
    for (let i = 0; i < count; i++) yield taken.subarray(i * depth, (i + 1) * depth);
    output += count;
  }
}

/** Positions along the depth, from the first: they are the same for every output. */
function stepsOf({ depth }: DotProduct, at: DotProduct['weightAt']): Uint32Array {
  return Uint32Array.from({ length: depth }, (_, k) => at(0, k) - at(0, 0));
}
