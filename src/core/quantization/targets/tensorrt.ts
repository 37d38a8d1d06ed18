/**
 * NVIDIA TensorRT. "The quantization scheme is symmetric quantization - quantized values are represented in signed INT8,
 * FP8E4M3, signed INT4, or FP4E2M1", read from QuantizeLinear and DequantizeLinear pairs. A DequantizeLinear of an int32
 * bias is refused by its parser ("only activation types allowed as input to this layer"), so biases stay float.
 * https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html
 * https://github.com/onnx/onnx-tensorrt/issues/850
 */
import type { Target } from './target.ts';

const SYMMETRIC = 'TensorRT quantizes symmetrically, in int8 with zero point 0';
const NO_OPERATOR = 'Use static-int8 with calibration data, or float16.';

export const tensorrt: Target = {
  id: 'tensorrt',
  title: 'TensorRT',
  summary:
    'NVIDIA GPUs: int8 activations and weights with zero point 0, QuantizeLinear and DequantizeLinear, float biases.',
  methods: {
    'static-int8': {
      options: {
        activation: { values: ['int8'], why: SYMMETRIC },
        symmetricActivation: { values: [true], why: SYMMETRIC },
        weight: { values: ['int8'], why: SYMMETRIC },
        bias: { values: ['float'], why: 'TensorRT reads no int32 through DequantizeLinear' },
        format: {
          values: ['qdq'],
          why: 'TensorRT reads quantization from QuantizeLinear and DequantizeLinear pairs',
        },
      },
    },
    'dynamic-int8': {
      refused: 'it has no DynamicQuantizeLinear and no MatMulInteger',
      hint: NO_OPERATOR,
    },
    'weight-only-int4': {
      refused: 'it reads 4-bit weights only as int4 with zero point 0, which this method does not write',
      hint: NO_OPERATOR,
    },
    'weight-only-int8': { refused: 'it has no MatMulNBits and no unsigned 8-bit blocks', hint: NO_OPERATOR },
  },
};
