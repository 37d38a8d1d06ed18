/**
 * Folds Gemm's alpha and beta into its constants and brings C into the form of a bias:
 *
 *   alpha * A B + beta * C  =  A (alpha B) + (beta C)
 *
 * Requires: weights are initializers. Ensures, where B (and C, if there is one) is a float32 constant and C is one value
 * or one row: alpha = beta = 1 and C has shape [N].
 * https://onnx.ai/onnx/operators/onnx__Gemm.html
 */
import { addInitializer } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import type { Node } from '../ir/node.ts';
import { walkGraphs } from '../ir/walk.ts';
import { elements, tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';
import { isBias } from './split-gemm-sums.ts';

export const foldGemmScalars: Pass = {
  id: 'fold-gemm-scalars',
  summary:
    'Gemm with alpha, beta or a broadcast C becomes a plain product with a bias, which integer kernels have.',
  run(model) {
    const names = new Names(model.graph);
    let changed = 0;
    for (const graph of walkGraphs(model.graph))
      for (const node of graph.nodes)
        if (node.qualifiedType === 'Gemm' && fold(graph, node, names)) changed++;
    return { changed };
  },
};

function fold(graph: Graph, node: Node, names: Names): boolean {
  const [, b, c] = node.inputs;
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const weight = b?.initializer;
  if (weight?.dtype !== 'float32' || weight.dims.length !== 2) return false;
  const bias = c?.initializer;
  if (c && bias?.dtype !== 'float32') return false;
  const columns = weight.dims[node.flag('transB') ? 0 : 1] ?? 0;
  if (bias && !isBias(bias)) return false;
  const shaped = !bias || (bias.dims.length === 1 && bias.dims[0] === columns);
  if (alpha === 1 && beta === 1 && shaped) return false;

  if (alpha !== 1) {
    const scaled = elements(weight, 'float32').map(x => x * alpha);
    node.setInput(
      1,
      addInitializer(graph, names.value(`${b!.name}_alpha`), tensorOf('float32', weight.dims, scaled)),
    );
  }
  if (bias && (beta !== 1 || !shaped)) {
    const source = elements(bias, 'float32');
    const row = Float32Array.from(
      { length: columns },
      // As in BLAS: with a beta of 0, C is not read, whatever is in it.
      (_, n) => (beta === 0 ? 0 : (source[source.length === 1 ? 0 : n] ?? 0) * beta),
    );
    node.setInput(
      2,
      addInitializer(graph, names.value(`${c!.name}_beta`), tensorOf('float32', [columns], row)),
    );
  }
  node.attributes.delete('alpha');
  node.attributes.delete('beta');
  return true;
}
