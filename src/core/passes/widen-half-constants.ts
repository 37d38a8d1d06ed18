/**
 * A Cast of a float16 or bfloat16 constant to float32 becomes a float32 constant, in every graph:
 *
 *   Cast(w, to=float32)  ->  w as float32      exact: both are subsets of float32
 *
 * Why: CPUs have few float16 kernels, so onnxruntime puts such Casts around nearly all nodes of a float16 model, after it
 * has folded constants. Left there, they hide every weight, which then looks like a value computed at run time.
 *
 * Requires: uses and producers agree. Ensures: no such Cast is left whose result is not an output of its graph. What stays
 * float is written as float16 again (narrow-half-constants.ts).
 */
import { isGraphOutput, removeNode } from '../ir/edit.ts';
import type { Value } from '../ir/value.ts';
import { walkGraphs } from '../ir/walk.ts';
import { onnxDtype } from '../tensor/dtype.ts';
import { bytesOf, type Tensor, tensorFromPieces } from '../tensor/tensor.ts';
import { toFloat32 } from '../tensor/to-float32.ts';
import type { Pass } from './pass.ts';

export const widenHalfConstants: Pass = {
  id: 'widen-half-constants',
  summary:
    'Casts of float16 constants to float32 become float32 constants, so that they are seen as weights.',
  run(model) {
    let changed = 0;
    const overridable = new Set(model.graph.inputs);
    for (const graph of walkGraphs(model.graph))
      for (const node of [...graph.nodes]) {
        const [constant] = node.inputs;
        const [output] = node.outputs;
        if (node.qualifiedType !== 'Cast' || node.int('to', 0) !== onnxDtype('float32')) continue;
        if (!constant || !isHalf(constant) || overridable.has(constant)) continue;
        if (!output || isGraphOutput(graph, output)) continue;
        removeNode(graph, node);
        output.initializer = widened(constant.initializer as Tensor);
        graph.initializers.push(output);
        changed++;
      }
    return { changed };
  },
};

const isHalf = ({ initializer }: Value): boolean =>
  initializer?.dtype === 'float16' || initializer?.dtype === 'bfloat16';

/** Made when it is read, as weights may be large. */
function widened(tensor: Tensor): Tensor {
  return tensorFromPieces('float32', tensor.dims, () => [bytesOf(toFloat32(tensor))]);
}
