/**
 * Turns Constant nodes into initializers, in every graph.
 *
 * Requires: nothing. Ensures: no Constant node with a tensor, float, int, floats or ints value is left, except one whose
 * result is an output of its graph (an initializer may be an output, but runtimes differ on it).
 * https://onnx.ai/onnx/operators/onnx__Constant.html
 */
import type { Attribute } from '../ir/attribute.ts';
import { isGraphOutput, removeNode } from '../ir/edit.ts';
import { walkGraphs } from '../ir/walk.ts';
import { type Tensor, tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';

export const constantsToInitializers: Pass = {
  id: 'constants-to-initializers',
  summary: 'Weights in Constant nodes become initializers, so that they are seen as weights.',
  run(model) {
    let changed = 0;
    for (const graph of walkGraphs(model.graph)) {
      for (const node of [...graph.nodes]) {
        const [output] = node.outputs;
        if (node.qualifiedType !== 'Constant' || !output || isGraphOutput(graph, output)) continue;
        const tensor = constantTensor(node.attributes);
        if (!tensor) continue;
        removeNode(graph, node);
        output.initializer = tensor;
        graph.initializers.push(output);
        changed++;
      }
    }
    return { changed };
  },
};

function constantTensor(attributes: ReadonlyMap<string, Attribute>): Tensor | undefined {
  for (const [name, attribute] of attributes) {
    if (name === 'value' && attribute.kind === 'tensor') return attribute.value;
    if (name === 'value_float' && attribute.kind === 'float')
      return tensorOf('float32', [], Float32Array.of(attribute.value));
    if (name === 'value_int' && attribute.kind === 'int')
      return tensorOf('int64', [], BigInt64Array.of(attribute.value));
    if (name === 'value_floats' && attribute.kind === 'floats')
      return tensorOf('float32', [attribute.value.length], Float32Array.from(attribute.value));
    if (name === 'value_ints' && attribute.kind === 'ints')
      return tensorOf('int64', [attribute.value.length], BigInt64Array.from(attribute.value));
  }
  return undefined;
}
