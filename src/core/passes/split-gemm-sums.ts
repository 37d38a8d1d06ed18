/**
 * Takes C out of a Gemm where it is no bias: computed at run time, or not one value per column.
 *
 *   alpha * A B + beta * C  =  (alpha * A B) + (beta * C)
 *
 * Why: the integer kernels add one int32 per column, and a Gemm with another C would stay float for it. onnxruntime's own
 * basic optimisation makes such Gemms of a MatMul and the residual sum behind it.
 *
 * Requires: weights are initializers; runs before `fold-gemm-scalars`, which folds alpha. Ensures, where A is not
 * transposed and B is a float32 constant: C is absent or a constant row; the product is a MatMul where B may be read as it is.
 * https://onnx.ai/onnx/operators/onnx__Gemm.html
 */
import { addInitializer } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import { Node } from '../ir/node.ts';
import { Value } from '../ir/value.ts';
import { walkGraphs } from '../ir/walk.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';

/** Gemm does without a C since this opset. */
export const OPTIONAL_C_OPSET = 11;

export const splitGemmSums: Pass = {
  id: 'split-gemm-sums',
  summary: 'A Gemm whose C is no bias becomes a product and a sum; the product then has an integer form.',
  run(model) {
    let names: Names | undefined;
    let changed = 0;
    if (model.opset < OPTIONAL_C_OPSET) return { changed };
    for (const graph of walkGraphs(model.graph)) {
      const nodes: Node[] = [];
      for (const node of graph.nodes) {
        if (hasSum(node)) {
          names ??= new Names(model.graph);
          nodes.push(...split(graph, node, names));
          changed++;
        } else nodes.push(node);
      }
      graph.nodes.splice(0, graph.nodes.length, ...nodes);
    }
    return { changed };
  },
};

function hasSum(node: Node): boolean {
  const [, b, c] = node.inputs;
  const weight = b?.initializer;
  if (node.qualifiedType !== 'Gemm' || !c || node.flag('transA')) return false;
  // C has the type of B, also where nobody has told it yet.
  return weight?.dtype === 'float32' && weight.dims.length === 2 && !isBias(c.initializer);
}

/** One value, or one per column: what `fold-gemm-scalars` makes a bias of. */
export function isBias(c: Tensor | undefined): boolean {
  return c !== undefined && (c.dims.length < 2 || (c.dims.length === 2 && c.dims[0] === 1));
}

/** The nodes in its place. */
function split(graph: Graph, node: Node, names: Names): readonly Node[] {
  const c = node.inputs[2] as Value;
  const [output] = node.outputs as [Value];
  const beta = node.float('beta', 1);
  node.truncateInputs(2);
  node.attributes.delete('beta');
  if (!node.flag('transB') && node.float('alpha', 1) === 1) {
    node.opType = 'MatMul';
    node.attributes.clear();
  }
  // Not 0 * C, which would be NaN where C is infinite: Gemm does not read it.
  if (beta === 0) return [node];

  // Typed anew with all others: the shape of an output is a claim of the file.
  const product = new Value(names.value(`${output.name}_product`));
  node.setOutput(0, product);
  const add = (addend: Value): Node =>
    new Node({
      opType: 'Add',
      name: names.node(`${node.name}_sum`),
      inputs: [product, addend],
      outputs: [output],
    });
  if (beta === 1) return [node, add(c)];
  const scaled = new Value(names.value(`${c.name}_beta`), c.type);
  const factor = tensorOf('float32', [], Float32Array.of(beta));
  const scale = new Node({
    opType: 'Mul',
    name: names.node(`${node.name}_beta`),
    inputs: [c, addInitializer(graph, names.value(`${c.name}_factor`), factor)],
    outputs: [scaled],
  });
  return [node, scale, add(scaled)];
}
