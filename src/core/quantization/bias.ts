/**
 * Biases as int32: zero point 0, scale = input scale * weight scale, so that the integer sum of products needs no
 * conversion before the bias is added.
 *
 * Invariant: no code saturates and no scale is subnormal. Where bias / (input scale * weight scale) would leave int32
 * (a channel whose weights are tiny against its bias), the weight scale is raised just enough, and the caller encodes
 * that weight again under the scales given back. A channel whose codes are all zero is exact under any scale, so its
 * scale is chosen for the bias alone: the 1 that an empty range gets would round the bias to steps of the input scale.
 */
import { absMax, absMaxAlong } from '../tensor/reduce.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { toFloat32 } from '../tensor/to-float32.ts';
import type { WeightQuant } from './plan.ts';
import { ROUNDING_BIAS, SMALLEST_SCALE, typeRange } from './qparams.ts';

/** The raised scale leaves this much room, so that rounding scales to float32 cannot bring the overflow back. */
const HEADROOM = 1 + 2 ** -13;
/** Codes that a bias of an all-zero channel is spread over: more digits than a float32 holds. */
const ZERO_CHANNEL_CODES = 2 ** 30;

export interface QuantizedBias {
  readonly codes: Int32Array;
  /** Float32 product of input and weight scale, one per weight scale. */
  readonly scales: Float32Array;
  /** The scales given, or a copy with some of them changed. */
  readonly weightScales: Float32Array;
  /** How many channels with codes other than zero were raised: their weights must be encoded again. */
  readonly raised: number;
}

/**
 * @param weightScales one for all channels, or one for each element of the bias
 * @param zeroChannel whether every weight code under this scale is zero
 */
export function quantizeBias(
  bias: Float32Array,
  inputScale: number,
  weightScales: Float32Array,
  zeroChannel: (slot: number) => boolean = () => false,
): QuantizedBias {
  const { min, max } = typeRange('int32');
  const perChannel = weightScales.length > 1;
  const largest = new Float64Array(weightScales.length);
  for (let i = 0; i < bias.length; i++) {
    const slot = perChannel ? i : 0;
    largest[slot] = Math.max(largest[slot] as number, Math.abs(bias[i] as number));
  }
  const used = weightScales.slice();
  let raised = 0;
  for (let slot = 0; slot < used.length; slot++) {
    const size = largest[slot] as number;
    const least = Math.max(size / max, SMALLEST_SCALE) / inputScale;
    if (zeroChannel(slot))
      used[slot] = size > 0 ? Math.max(size / ZERO_CHANNEL_CODES / inputScale, least) : 1;
    else if (least > (used[slot] as number)) {
      used[slot] = least * HEADROOM;
      raised++;
    }
  }
  const scales = used.map(scale => inputScale * scale);
  const codes = new Int32Array(bias.length);
  for (let i = 0; i < bias.length; i++) {
    const code = (bias[i] as number) / (scales[perChannel ? i : 0] as number) + ROUNDING_BIAS - ROUNDING_BIAS;
    codes[i] = Math.min(Math.max(code, min), max);
  }
  return { codes, scales, weightScales: used, raised };
}

/** What an empty range gets (qparams.ts): an all-zero channel has it, and hardly another. */
const SCALE_OF_ZEROS = 1;

/** The same for constants: channels are all zero where the largest of their weights is. Weights are not read where none can be. */
export function quantizeBiasOf(
  bias: Tensor,
  weight: Tensor,
  inputScale: number,
  { axis, scales }: WeightQuant,
): QuantizedBias {
  const biases = toFloat32(bias);
  if (!scales.includes(SCALE_OF_ZEROS)) return quantizeBias(biases, inputScale, scales);
  const data = toFloat32(weight);
  const largest = axis === undefined ? Float32Array.of(absMax(data)) : absMaxAlong(data, weight.dims, axis);
  return quantizeBias(biases, inputScale, scales, slot => largest[slot] === 0);
}
