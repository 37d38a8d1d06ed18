/**
 * Qualcomm's HTP through onnxruntime's QNN execution provider: QDQ models with uint8 or uint16 activations, weights in
 * int8 (symmetric, per channel or per tensor) or uint8 (per tensor).
 * https://onnxruntime.ai/docs/execution-providers/QNN-ExecutionProvider.html
 */
import type { Target } from './target.ts';

const UNSIGNED = 'the HTP backend takes unsigned activations';
const NO_OPERATOR = 'Use static-int8 with calibration data, or float16.';

export const qnn: Target = {
  id: 'qnn',
  title: 'Qualcomm QNN',
  summary:
    'Qualcomm NPUs (HTP) through the QNN execution provider: uint8 or uint16 activations, QuantizeLinear and DequantizeLinear. Its inputs must have fixed shapes.',
  methods: {
    'static-int8': {
      options: {
        activation: { values: ['uint8', 'uint16'], why: UNSIGNED },
        weight: {
          values: ['int8', 'uint8', 'int4'],
          why: 'the HTP backend takes 4-bit weights only as int4',
        },
        bias: { values: ['int32'], why: 'the provider takes a node whose inputs are all quantized' },
        preferInteger: { values: [true], why: 'a node left in float runs on the CPU' },
        format: { values: ['qdq'], why: 'the provider reads QuantizeLinear and DequantizeLinear pairs' },
      },
      conflict: ({ weight, perChannel }) =>
        weight === 'uint8' && perChannel === true
          ? {
              field: 'perChannel',
              detail: 'the HTP backend takes one scale per channel only for symmetric int8 weights',
              hint: 'Use weight "int8", or "perChannel": false.',
            }
          : undefined,
    },
    'dynamic-int8': {
      refused: 'it has no DynamicQuantizeLinear and no MatMulInteger',
      hint: NO_OPERATOR,
    },
    'weight-only-int4': { refused: 'it has no MatMulNBits', hint: NO_OPERATOR },
    'weight-only-int8': { refused: 'it has no MatMulNBits', hint: NO_OPERATOR },
  },
};
