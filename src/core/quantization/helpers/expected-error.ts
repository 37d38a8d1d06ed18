/**
 * The squared error that must be expected of a product when its activations and its weights are put on grids:
 *
 *   E|x^ W^ - x W|^2  =  sum_k E[(x^_k - x_k)^2] |W_k|^2  +  sum_k E[x_k^2] |W^_k - W_k|^2
 *
 * with W_k the weights that read channel k. Errors of rounding are taken for noise of mean zero that has nothing to do with one
 * another, so that no cross terms are left and the product need not be computed.
 *
 * Source of the noise model: B. Widrow, I. Kollár, "Quantization Noise", Cambridge University Press, 2008.
 */
import type { Range } from '../../calibration/observer.ts';
import { tensorOf } from '../../tensor/tensor.ts';
import { roundTrip } from '../code-kernels.ts';
import { chooseQParams, codeRange, type GridOptions } from '../qparams.ts';
import { dequantizeWeight, quantizeWeight, type WeightOptions } from '../weights.ts';

/** What products read, and the grid that it is put on. */
export interface ReadRows {
  /** [rows, channels] */
  readonly rows: Float32Array;
  readonly channels: number;
  readonly activation: GridOptions;
  readonly rangeOf: (data: Float32Array) => Range;
}

export interface WeightsOnGrid {
  /** [outputs, channels] */
  readonly weights: Float32Array;
  /** Axis 0 are the outputs. */
  readonly weight: WeightOptions;
}

/**
 * Of one row, over all outputs of all products that read it.
 *
 * @param scales what each channel of the rows is divided by, and its weights multiplied
 */
export function expectedError(
  read: ReadRows,
  products: readonly WeightsOnGrid[],
  scales: Float64Array,
): number {
  const { channels } = read;
  const rows = scaled(
    read.rows,
    scales.map(scale => 1 / scale),
  );
  const parameters = chooseQParams(read.rangeOf(rows), read.activation);
  const rounded = roundTrip(rows, parameters, codeRange(read.activation));
  const [noise, power] = [squares(rounded, channels, rows), squares(rows, channels)];
  return products.reduce((total, product) => {
    const [weightNoise, weightPower] = weightSquares(product, scales);
    let sum = 0;
    for (let k = 0; k < channels; k++)
      sum +=
        (noise[k] as number) * (weightPower[k] as number) + (power[k] as number) * (weightNoise[k] as number);
    return total + (sum * channels) / rows.length;
  }, 0);
}

/** By channel: of what the weights lose on their grid, and of the weights themselves. */
function weightSquares(
  product: WeightsOnGrid,
  scales: Float64Array,
): readonly [noise: Float64Array, power: Float64Array] {
  const channels = scales.length;
  const weights = scaled(product.weights, scales);
  const { quant, codes } = quantizeWeight(
    tensorOf('float32', [weights.length / channels, channels], weights),
    product.weight,
  );
  return [squares(dequantizeWeight(codes, quant), channels, weights), squares(weights, channels)];
}

/** Channel by channel. */
function scaled(data: Float32Array, factors: Float64Array): Float32Array {
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += factors.length)
    for (let k = 0; k < factors.length; k++)
      result[start + k] = (data[start + k] as number) * (factors[k] as number);
  return result;
}

/** Sum of the squares, or of the squared differences to `from`, by channel. */
function squares(data: Float32Array, channels: number, from?: Float32Array): Float64Array {
  const sums = new Float64Array(channels);
  for (let start = 0; start < data.length; start += channels)
    for (let k = 0; k < channels; k++) {
      const x = (data[start + k] as number) - (from ? (from[start + k] as number) : 0);
      sums[k] = (sums[k] as number) + x * x;
    }
  return sums;
}
