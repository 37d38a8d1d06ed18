/**
 * Writes a plan of bfloat16 storage: each chosen constant is held in bfloat16, and a Cast gives it back as float32.
 *
 * Invariant: a constant is stored and cast once, in the graph that owns it, however many nodes read it. Finite values
 * beyond bfloat16 become its largest value. onnxruntime folds the Cast when it loads the model with optimisations on.
 * https://onnx.ai/onnx/operators/onnx__Cast.html
 */
import { intAttribute } from '../../ir/attribute.ts';
import { addInitializer } from '../../ir/edit.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs, walkNodes } from '../../ir/walk.ts';
import { toBfloat16 } from '../../tensor/bfloat16.ts';
import { onnxDtype } from '../../tensor/dtype.ts';
import { elements, tensorOf } from '../../tensor/tensor.ts';
import type { QuantPlan } from '../plan.ts';

export function lowerToBfloat16Storage(model: Model, plan: QuantPlan): void {
  const names = new Names(model.graph);
  const chosen = new Map<Value, Value>();
  for (const { node } of walkNodes(model.graph)) {
    const decision = plan.nodes.get(node.name);
    if (decision?.action !== 'quantize') continue;
    for (const index of decision.inputs) {
      const value = node.inputs[index];
      if (!value) continue;
      const decoded =
        chosen.get(value) ??
        new Value(names.value(`${value.name}_float32`), {
          kind: 'tensor',
          dtype: 'float32',
          dims: value.dims,
        });
      chosen.set(value, decoded);
      node.setInput(index, decoded);
    }
  }
  for (const graph of walkGraphs(model.graph)) {
    const casts = graph.initializers.flatMap(value => {
      const decoded = chosen.get(value);
      if (!decoded || !value.initializer) return [];
      const { bits } = toBfloat16(elements(value.initializer, 'float32'), { clamp: true });
      const stored = addInitializer(
        graph,
        names.value(`${value.name}_bfloat16`),
        tensorOf('bfloat16', value.initializer.dims, bits),
      );
      const attributes = { to: intAttribute(onnxDtype('float32')) };
      return [new Node({ opType: 'Cast', inputs: [stored], outputs: [decoded], attributes })];
    });
    graph.nodes.unshift(...casts);
    removeUnusedInitializers(graph);
  }
}
