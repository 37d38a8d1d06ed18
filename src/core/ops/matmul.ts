/**
 * Matrix products. Channel axis of B: MatMul the last axis, Gemm 1, or 0 with transB.
 * https://onnx.ai/onnx/operators/onnx__MatMul.html, https://onnx.ai/onnx/operators/onnx__Gemm.html
 */
import { type OperatorFamily, unsupported } from './operator.ts';

export const matmul: OperatorFamily = {
  id: 'matmul',
  operators: {
    MatMul: {
      role: 'linear',
      data: 0,
      weight: 1,
      floatOutput: true,
      // The runtime's integer kernels take one scale per column only for a matrix; a stack of matrices gets one scale.
      channelAxis: (_, dims) => (dims.length === 2 ? 1 : undefined),
      blockAxis: (_, dims) => dims.length - 2,
      check: node => {
        const rank = node.inputs[1]?.dims?.length;
        return rank !== undefined && rank < 2 ? unsupported('MatMul with a vector as B') : undefined;
      },
    },
    Gemm: {
      role: 'linear',
      data: 0,
      weight: 1,
      bias: 2,
      floatOutput: true,
      channelAxis: node => (node.flag('transB') ? 0 : 1),
      blockAxis: node => (node.flag('transB') ? 1 : 0),
      check: node => {
        if (node.inputs[1]?.dims?.length !== 2)
          return unsupported('Gemm whose B is not known to be a matrix');
        if (node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1)
          return unsupported('Gemm with alpha or beta that could not be folded into constants');
        if (node.flag('transA')) return unsupported('Gemm with a transposed A');
        const bias = node.inputs[2];
        if (bias && !bias.initializer) return unsupported('Gemm with a C computed at run time');
        if (bias && bias.initializer?.dims.length !== 1)
          return unsupported('Gemm whose C is not one value per column');
        return undefined;
      },
    },
  },
};
