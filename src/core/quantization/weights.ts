/**
 * Constants to codes and back: one scale for the tensor, one for each slice of an axis, or one for each block along it.
 *
 * Invariant: `scales` and `zeroPoints` are laid out as DequantizeLinear reads them: length 1, length dims[axis], or the
 * tensor's shape with dims[axis] replaced by ceil(dims[axis] / blockSize) (opset 21). Codes keep the tensor's shape;
 * the last block may be short. A slice that is all zero stays exact (scale 1). Symmetric weights have one zero point in
 * all slices, the all-zero ones included: integer kernels (QLinearConv) refuse a weight whose zero points differ.
 *
 * Source: https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
 */
import { unpackInt4, unpackUint4 } from '../tensor/pack-int4.ts';
import { axisView } from '../tensor/reduce.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { elementCount, elements, tensorFromPieces } from '../tensor/tensor.ts';
import { decodeRow, decodeRun } from './code-kernels.ts';
import { encodeMatrix } from './encode-matrix.ts';
import type { WeightQuant } from './plan.ts';
import {
  type CodeRange,
  chooseQParams,
  codeRange,
  middleCode,
  type QuantType,
  typeRange,
} from './qparams.ts';
import { sharingOf } from './walk-matrix.ts';
import { weightExtents } from './weight-extents.ts';

export type WeightType = QuantType;

export interface WeightOptions {
  readonly dtype: WeightType;
  readonly symmetric: boolean;
  readonly reduceRange?: boolean | undefined;
  /** One scale for each slice along it; one for the whole tensor where it is left out. */
  readonly axis?: number | undefined;
  /** One scale for each so many elements along `axis`. */
  readonly blockSize?: number | undefined;
  /** Name of the constant, for the error message. */
  readonly name?: string | undefined;
}

export interface QuantizedWeight {
  readonly quant: WeightQuant;
  readonly codes: Tensor;
}

/** @throws BitpressError model_invalid where the constant holds NaN or infinity. */
export function quantizeWeight(tensor: Tensor, options: WeightOptions): QuantizedWeight {
  const quant = chooseWeightQuant(tensor, options);
  return { quant, codes: encodeWeight(tensor, quant, codeRange(options)) };
}

/** The real values that DequantizeLinear makes of the codes. */
export function dequantizeWeight(codes: Tensor, quant: WeightQuant): Float32Array {
  const { scales, zeroPoints } = quant;
  const source = unpacked(codes);
  const target = new Float32Array(source.length);
  forEachRun(
    codes.dims,
    quant,
    (start, end, at) => decodeRun(source, target, start, end, scales[at] as number, zeroPoints[at] as number),
    (start, width, at) => decodeRow(source, target, start, width, scales, zeroPoints, at),
  );
  return target;
}

/** Shape of the scale and zero-point tensors: [] for one per tensor. */
export function scaleDims(
  dims: readonly number[],
  { axis, blockSize }: Pick<WeightQuant, 'axis' | 'blockSize'>,
): readonly number[] {
  if (axis === undefined) return [];
  const { channels } = axisView(dims, axis);
  if (blockSize === undefined) return [channels];
  return dims.with(axis, Math.ceil(channels / blockSize));
}

/** Scales and zero points alone, as `quantizeWeight` chooses them. */
export function chooseWeightQuant(tensor: Tensor, options: WeightOptions): WeightQuant {
  const { dtype, blockSize, name = '' } = options;
  const { dims } = tensor;
  const axis = options.axis !== undefined && options.axis < 0 ? options.axis + dims.length : options.axis;
  const layout = {
    ...(axis !== undefined && { axis }),
    ...(axis !== undefined && blockSize !== undefined && { blockSize }),
  };
  const count = elementCount(scaleDims(dims, layout));
  const { min, max } = weightExtents(tensor, sharingOf(dims, layout), count, name);
  const scales = new Float32Array(count);
  const zeroPoints = new Int32Array(count);
  const middle = middleCode(options);
  for (let i = 0; i < count; i++) {
    const range = { min: min[i] as number, max: max[i] as number };
    // An empty slice has the extent [Infinity, -Infinity].
    const { scale, zeroPoint } = chooseQParams(range.min > range.max ? { min: 0, max: 0 } : range, options);
    scales[i] = scale;
    zeroPoints[i] = options.symmetric ? middle : zeroPoint;
  }
  return { dtype, ...layout, scales, zeroPoints };
}

/**
 * Codes under parameters that are already chosen, saturated to the whole type or to `range`. They are made when they are
 * asked for: until then they cost nothing.
 *
 * @param tensor finite, of any numeric type
 */
export function encodeWeight(
  tensor: Tensor,
  quant: WeightQuant,
  range: CodeRange = typeRange(quant.dtype),
): Tensor {
  const { dtype } = quant;
  const coding = { rule: 'QuantizeLinear', range, bits: bitsOfCodes(dtype) } as const;
  const sharing = sharingOf(tensor.dims, quant);
  return tensorFromPieces(dtype, tensor.dims, () => encodeMatrix(tensor, sharing, quant, coding));
}

function bitsOfCodes(dtype: WeightType): 4 | 8 | 16 {
  switch (dtype) {
    case 'int4':
    case 'uint4':
      return 4;
    case 'int8':
    case 'uint8':
      return 8;
    case 'int16':
    case 'uint16':
      return 16;
    default:
      throw new TypeError(`constants are not encoded as ${dtype}`);
  }
}

/**
 * Cuts the elements into runs that share one scale (`run`), or into rows whose neighbours have neighbouring scales
 * (`row`), where the axis is the last one or blocks run across it.
 */
function forEachRun(
  dims: readonly number[],
  { axis, blockSize }: WeightQuant,
  run: (start: number, end: number, scaleAt: number) => void,
  row: (start: number, width: number, scaleAt: number) => void,
): void {
  if (axis === undefined) {
    run(0, elementCount(dims), 0);
    return;
  }
  const { outer, channels, inner } = axisView(dims, axis);
  if (blockSize === undefined) {
    for (let o = 0; o < outer; o++)
      if (inner === 1) row(o * channels, channels, 0);
      else
        for (let c = 0; c < channels; c++) {
          const start = (o * channels + c) * inner;
          run(start, start + inner, c);
        }
    return;
  }
  const blocks = Math.ceil(channels / blockSize);
  for (let o = 0; o < outer; o++)
    for (let b = 0; b < blocks; b++) {
      const first = o * channels + b * blockSize;
      const end = o * channels + Math.min((b + 1) * blockSize, channels);
      const scaleAt = (o * blocks + b) * inner;
      if (inner === 1) run(first, end, scaleAt);
      else for (let k = first; k < end; k++) row(k * inner, inner, scaleAt);
    }
}

function unpacked(codes: Tensor): ArrayLike<number> {
  switch (codes.dtype) {
    case 'int4':
      return unpackInt4(codes.bytes(), elementCount(codes.dims));
    case 'uint4':
      return unpackUint4(codes.bytes(), elementCount(codes.dims));
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'int32':
      return elements(codes, codes.dtype);
    default:
      throw new TypeError(`${codes.dtype} holds no codes`);
  }
}
