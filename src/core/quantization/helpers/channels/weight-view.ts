/**
 * The weight of a dot product as a table of [a][b] blocks of neighbouring elements, each between one input channel and
 * one output channel:
 *
 *   Conv           [M][C/group] blocks of kernel elements
 *   ConvTranspose  [C][M/group] blocks of kernel elements
 *   MatMul, Gemm   [K][N], transposed [N][K]: blocks of one element
 *
 * Undefined for a node whose weight is not a float32 constant of its own (shared weights would have to be copied).
 * https://onnx.ai/onnx/operators/onnx__Conv.html#inputs
 */
import { isGraphOutput } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';
import type { Node } from '../../../ir/node.ts';
import { elementCount, elements } from '../../../tensor/tensor.ts';

export interface WeightView {
  readonly node: Node;
  readonly inputs: number;
  readonly outputs: number;
  readonly dims: readonly number[];
  readonly a: number;
  readonly b: number;
  /** Elements of one block. */
  readonly block: number;
  inputOf(a: number, b: number): number;
  outputOf(a: number, b: number): number;
}

/** Position of the weight and of the bias among the inputs. */
export const WEIGHT = 1;
export const BIAS = 2;

export function weightView(node: Node, graph: Graph): WeightView | undefined {
  const value = node.inputs[WEIGHT];
  const dims = value?.initializer?.dims;
  if (value?.initializer?.dtype !== 'float32' || !dims) return undefined;
  if (value.uses.size > 1 || isGraphOutput(graph, value) || graph.inputs.includes(value)) return undefined;
  const shape = dims.includes(0) ? undefined : shapeOf(node, dims);
  const bias = node.inputs[BIAS]?.initializer;
  // As many numbers as channels, or nobody knows which is whose.
  if (bias && (bias.dims.length !== 1 || bias.dims[0] !== shape?.outputs)) return undefined;
  return shape && { node, dims, block: elementCount(dims.slice(2)), a: dims[0]!, b: dims[1]!, ...shape };
}

type Shape = Pick<WeightView, 'inputs' | 'outputs' | 'inputOf' | 'outputOf'>;

function shapeOf(node: Node, dims: readonly number[]): Shape | undefined {
  const [first = 0, second = 0] = dims;
  const group = node.int('group', 1);
  const isConvolution = node.opType === 'Conv' || node.opType === 'ConvTranspose';
  if (isConvolution ? dims.length < 3 || group < 1 || first % group !== 0 : dims.length !== 2)
    return undefined;
  switch (node.qualifiedType) {
    case 'Conv': {
      const perGroup = first / group;
      return {
        inputs: second * group,
        outputs: first,
        inputOf: (m, c) => Math.floor(m / perGroup) * second + c,
        outputOf: m => m,
      };
    }
    case 'ConvTranspose': {
      const perGroup = first / group;
      return {
        inputs: first,
        outputs: second * group,
        inputOf: c => c,
        outputOf: (c, m) => Math.floor(c / perGroup) * second + m,
      };
    }
    case 'MatMul':
      return matrix(first, second);
    case 'Gemm': {
      if (node.flag('transA') || node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1)
        return undefined;
      if (node.inputs[BIAS] && !node.inputs[BIAS].initializer) return undefined;
      return node.flag('transB') ? transposed(first, second) : matrix(first, second);
    }
    default:
      return undefined;
  }
}

const matrix = (k: number, n: number): Shape => ({
  inputs: k,
  outputs: n,
  inputOf: a => a,
  outputOf: (_, b) => b,
});

const transposed = (n: number, k: number): Shape => ({
  inputs: k,
  outputs: n,
  inputOf: (_, b) => b,
  outputOf: a => a,
});

/** Largest size in each block, [a][b]. */
export function blockMaxima({ node, a, b, block }: WeightView): Float64Array {
  const data = elements(node.inputs[WEIGHT]!.initializer!, 'float32');
  const maxima = new Float64Array(a * b);
  for (let i = 0; i < maxima.length; i++) {
    let largest = 0;
    for (let k = i * block; k < (i + 1) * block; k++)
      largest = Math.max(largest, Math.abs(data[k] as number));
    maxima[i] = largest;
  }
  return maxima;
}
