/**
 * Writes a plan of narrower floats: constants are converted, nodes are moved to float16, and a Cast stands wherever a
 * float16 value meets a float32 reader or the other way round.
 *
 * Invariant: graph inputs and outputs keep names and types; each value is cast at most once in each direction. Finite
 * constants beyond float16 become its largest value, so that a mask of -1e9 stays finite.
 * https://onnx.ai/onnx/operators/onnx__Cast.html
 */
import { intAttribute } from '../../ir/attribute.ts';
import { addInitializer, insertAfter, isGraphOutput } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { type DType, onnxDtype } from '../../tensor/dtype.ts';
import { tensorFromPieces } from '../../tensor/tensor.ts';
import { narrowFloat16 } from '../narrow-float16.ts';
import type { QuantPlan } from '../plan.ts';

export function lowerToFloat16(model: Model, plan: QuantPlan): void {
  const writer = new Float16Writer(model.graph);
  for (const node of [...model.graph.nodes]) {
    const decision = plan.nodes.get(node.name);
    if (decision?.action === 'quantize') writer.convert(node, decision.inputs, decision.outputs);
  }
  writer.finish();
  removeUnusedInitializers(model.graph);
}

class Float16Writer {
  readonly #graph: Graph;
  readonly #names: Names;
  /** The float16 form of a float32 value. */
  readonly #halves = new Map<Value, Value>();
  /** Values that a converted node no longer writes: they are cast back where somebody still reads them. */
  readonly #replaced: Value[] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#names = new Names(graph);
  }

  convert(node: Node, inputs: readonly number[], outputs: readonly number[]): void {
    for (const index of inputs) {
      const value = node.inputs[index];
      if (value) node.setInput(index, this.#half(value));
    }
    for (const index of outputs) {
      const value = node.outputs[index];
      if (!value) continue;
      node.setOutput(index, this.#twin(value));
      this.#replaced.push(value);
    }
    if (node.opType !== 'Cast' || outputs.length === 0) return;
    node.attributes.set('to', intAttribute(onnxDtype('float16')));
    // onnxruntime 1.30 does not load a Cast from float16 to float16 behind a node that it computes in float32.
    if (inputs.length > 0) {
      node.opType = 'Identity';
      node.attributes.clear();
    }
  }

  finish(): void {
    for (const value of this.#replaced) {
      if (value.uses.size === 0 && !isGraphOutput(this.#graph, value)) continue;
      const half = this.#half(value);
      insertAfter(this.#graph, half.producer, this.#cast(half, value, 'float32'));
    }
  }

  #half(value: Value): Value {
    const known = this.#halves.get(value);
    if (known) return known;
    const tensor = value.initializer;
    if (!tensor || this.#graph.inputs.includes(value)) {
      const { producer } = value;
      const half = this.#twin(value);
      insertAfter(this.#graph, producer, this.#cast(value, half, 'float16'));
      return half;
    }
    const narrowed = tensorFromPieces('float16', tensor.dims, () => narrowFloat16(tensor));
    const half = addInitializer(this.#graph, this.#nameOf(value), narrowed);
    this.#halves.set(value, half);
    return half;
  }

  #twin(value: Value): Value {
    // Without a shape, which the runtime infers: that of an output is a claim of the file.
    const half = new Value(this.#nameOf(value), { kind: 'tensor', dtype: 'float16', dims: undefined });
    this.#halves.set(value, half);
    return half;
  }

  #nameOf(value: Value): string {
    return this.#names.value(`${value.name}_float16`);
  }

  #cast(from: Value, to: Value, dtype: DType): Node {
    return new Node({
      opType: 'Cast',
      name: this.#names.node(`${to.name}_Cast`),
      inputs: [from],
      outputs: [to],
      attributes: { to: intAttribute(onnxDtype(dtype)) },
    });
  }
}
