/**
 * Scale and zero point: the only copy of the quantization maths.
 *
 *   y = saturate(round_half_even(x / scale) + zero_point)            ONNX QuantizeLinear
 *   x = (y - zero_point) * scale                                     ONNX DequantizeLinear
 */
import type { DType } from '../tensor/dtype.ts';

export type QuantType = Extract<DType, 'int4' | 'uint4' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32'>;
