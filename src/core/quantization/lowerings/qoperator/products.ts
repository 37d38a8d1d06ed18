/**
 * Dot products: Conv, MatMul and Gemm.
 *
 * The kernels multiply uint8 by uint8 or int8, or int8 by int8, and give codes of the data's type. MatMul and Gemm have
 * forms that give float32 instead.
 * https://onnx.ai/onnx/operators/onnx__QLinearConv.html, https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html,
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md (QGemm, MatMulIntegerToFloat)
 */
import { CONTRIB } from '../contrib.ts';
import { type Coded, is8Bit, type MakeTwin, triple } from './site.ts';

function haveKernel(a: Coded, b: Coded): boolean {
  return is8Bit(a) && is8Bit(b) && (a.dtype === 'uint8' || b.dtype === 'int8');
}

const conv: MakeTwin = ({ node, inputs: [data, weight, bias], outputs: [result] }) => {
  if (!data || !weight || !haveKernel(data, weight)) return undefined;
  if (!result || result.dtype !== data.dtype) return undefined;
  if (node.inputs[2] && bias?.dtype !== 'int32') return undefined;
  return {
    opType: 'QLinearConv',
    domain: '',
    inputs: [
      ...triple(data),
      ...triple(weight),
      result.scale,
      result.zeroPoint,
      ...(bias ? [bias.codes] : []),
    ],
  };
};

const matmul: MakeTwin = ({ inputs: [a, b], outputs: [result] }) => {
  if (!a || !b || !haveKernel(a, b)) return undefined;
  if (!result)
    return {
      opType: 'MatMulIntegerToFloat',
      domain: CONTRIB,
      inputs: [a.codes, b.codes, a.scale, b.scale, a.zeroPoint, b.zeroPoint],
    };
  if (result.dtype !== a.dtype) return undefined;
  return {
    opType: 'QLinearMatMul',
    domain: '',
    inputs: [...triple(a), ...triple(b), result.scale, result.zeroPoint],
  };
};

const gemm: MakeTwin = ({ node, inputs: [a, b, c], outputs: [result] }) => {
  if (!a || !b || !haveKernel(a, b) || (result && result.dtype !== a.dtype)) return undefined;
  if (node.inputs[2] && c?.dtype !== 'int32') return undefined;
  return {
    opType: 'QGemm',
    domain: CONTRIB,
    inputs: [
      ...triple(a),
      ...triple(b),
      ...(c || result ? [c?.codes] : []),
      ...(result ? [result.scale, result.zeroPoint] : []),
    ],
    attributes: ['alpha', 'transA', 'transB'],
  };
};

export const PRODUCTS: Readonly<Record<string, MakeTwin>> = { Conv: conv, MatMul: matmul, Gemm: gemm };
