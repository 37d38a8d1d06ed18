/**
 * Folds Gemm's alpha and beta into its constants and brings C into the form of a bias:
 *
 *   alpha * A B + beta * C  =  A (alpha B) + (beta C)
 *
 * Requires: weights are initializers. Ensures, where B (and C, if there is one) is a float32 constant and C is one value
 * or one row, and float32 holds the products: alpha = beta = 1 and C has shape [N] or, for a beta of 0, is gone.
 * https://onnx.ai/onnx/operators/onnx__Gemm.html
 */

import { addInitializer } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import type { Node } from '../ir/node.ts';
import { walkGraphs } from '../ir/walk.ts';
import { absMax } from '../tensor/reduce.ts';
import { elements, type Tensor, tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';
import { isBias, OPTIONAL_C_OPSET } from './split-gemm-sums.ts';

/** A float32 of this size and above it has all its digits, and so have numbers a million times smaller. */
const SMALLEST = 2 ** -106;

export const foldGemmScalars: Pass = {
  id: 'fold-gemm-scalars',
  summary:
    'Gemm with alpha, beta or a broadcast C becomes a plain product with a bias, which integer kernels have.',
  run(model) {
    const names = new Names(model.graph);
    let changed = 0;
    for (const graph of walkGraphs(model.graph))
      for (const node of graph.nodes)
        if (node.qualifiedType === 'Gemm' && fold(graph, node, names, model.opset)) changed++;
    return { changed };
  },
};

function fold(graph: Graph, node: Node, names: Names, opset: number): boolean {
  const [, b, c] = node.inputs;
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const weight = b?.initializer;
  if (weight?.dtype !== 'float32' || weight.dims.length !== 2) return false;
  const bias = c?.initializer;
  if (c && (bias?.dtype !== 'float32' || !isBias(bias))) return false;
  const columns = weight.dims[node.flag('transB') ? 0 : 1] ?? 0;
  const shaped = !bias || (bias.dims.length === 1 && bias.dims[0] === columns);
  if (alpha === 1 && beta === 1 && shaped) return false;

  const scaled = alpha === 1 ? undefined : times(elements(weight, 'float32'), alpha);
  const row = bias && (beta !== 1 || !shaped) ? biasRow(bias, columns, beta) : undefined;
  if (scaled?.isHeld === false || row?.isHeld === false) return false;
  const constant = (wish: string, dims: readonly number[], { product }: Scaled) =>
    addInitializer(graph, names.value(wish), tensorOf('float32', dims, product));
  if (scaled) node.setInput(1, constant(`${b!.name}_alpha`, weight.dims, scaled));
  if (row && beta === 0 && opset >= OPTIONAL_C_OPSET) node.truncateInputs(2);
  else if (row) node.setInput(2, constant(`${c!.name}_beta`, [columns], row));
  node.attributes.delete('alpha');
  node.attributes.delete('beta');
  return true;
}

interface Scaled {
  readonly product: Float32Array;
  /** Whether float32 holds the products as well as it held the numbers: neither too large, nor so small that digits go. */
  readonly isHeld: boolean;
}

function times(source: Float32Array, factor: number): Scaled {
  const product = source.map(x => x * factor);
  const [before, after] = [absMax(source), absMax(product)];
  return { product, isHeld: Number.isFinite(after) && (after >= SMALLEST || before < SMALLEST) };
}

/** One value per column. Gemm does not read a C whose beta is 0: it may be infinite. */
function biasRow(bias: Tensor, columns: number, beta: number): Scaled {
  if (beta === 0) return { product: new Float32Array(columns), isHeld: true };
  const source = elements(bias, 'float32');
  const row = Float32Array.from({ length: columns }, (_, n) => source[source.length === 1 ? 0 : n] ?? 0);
  return times(row, beta);
}
