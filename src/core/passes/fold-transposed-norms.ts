/**
 * Folds a BatchNormalization into the ConvTranspose in front of it:
 *
 *   s (W x + b - mean) + B  =  (s W) x + (s (b - mean) + B)        s = scale / sqrt(var + epsilon)
 *
 * Why: onnxruntime does so for Conv alone (up to 1.30), and exporters too. What is left between two quantized nodes costs
 * two conversions and a rounding, and keeps a Relu from being done by the quantizer.
 *
 * Requires: weights are initializers. Ensures, where all parameters are float32 constants, nothing else reads the weights or
 * what is normalized, and float32 holds the new numbers: the node is gone.
 * https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
 */
import { addInitializer, isOnlyUse, removeNode } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import type { Node } from '../ir/node.ts';
import { walkGraphs } from '../ir/walk.ts';
import { firstNotFinite } from '../tensor/reduce.ts';
import { elements, type Tensor, tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';

/** Of BatchNormalization, by the specification. */
const DEFAULT_EPSILON = 1e-5;

export const foldTransposedNorms: Pass = {
  id: 'fold-transposed-norms',
  summary: 'A BatchNormalization behind a ConvTranspose becomes part of its weights and bias.',
  run(model) {
    const names = new Names(model.graph);
    let changed = 0;
    for (const graph of walkGraphs(model.graph))
      for (const node of [...graph.nodes])
        if (node.qualifiedType === 'BatchNormalization' && fold(graph, node, names)) changed++;
    return { changed };
  },
};

function fold(graph: Graph, norm: Node, names: Names): boolean {
  const [data, ...rest] = norm.inputs;
  const [output, ...statistics] = norm.outputs;
  const product = data?.producer;
  if (!data || !output || product?.qualifiedType !== 'ConvTranspose' || !graph.nodes.includes(product))
    return false;
  // Before opset 9 `spatial` may ask for statistics of each position.
  const computes = norm.flag('training_mode') || norm.int('spatial', 1) !== 1 || statistics.some(Boolean);
  if (computes || !isOnlyUse(graph, data)) return false;
  const [scale, shift, mean, variance] = rest.map(value => constant(value?.initializer));
  const [, weight, bias] = product.inputs;
  const weights = constant(weight?.initializer);
  const dims = weight?.initializer?.dims;
  const biases = constant(bias?.initializer);
  if (!scale || !shift || !mean || !variance || !weights || !dims || (bias && !biases)) return false;
  // Weights that others share would be stored once more.
  if (weight?.uses.size !== 1) return false;
  const groups = product.int('group', 1);
  const perGroup = dims[1] ?? 0;
  const channels = perGroup * groups;
  if ([scale, shift, mean, variance, biases ?? scale].some(({ length }) => length !== channels)) return false;

  const epsilon = norm.float('epsilon', DEFAULT_EPSILON);
  const factors = Float64Array.from(scale, (s, m) => s / Math.sqrt((variance[m] ?? 0) + epsilon));
  // [C, M / group, k...]: the rows of one group give its channels.
  const kernel = weights.length / ((dims[0] ?? 1) * perGroup);
  const rows = (dims[0] ?? 0) / groups;
  const scaled = weights.map((w, at) => {
    const slice = Math.floor(at / kernel);
    const group = Math.floor(Math.floor(slice / perGroup) / rows);
    return w * (factors[group * perGroup + (slice % perGroup)] ?? 0);
  });
  const shifted = Float32Array.from(
    factors,
    (factor, m) => factor * ((biases?.[m] ?? 0) - (mean[m] ?? 0)) + (shift[m] ?? 0),
  );
  if (firstNotFinite(scaled) >= 0 || firstNotFinite(shifted) >= 0) return false;
  const add = (wish: string, shape: readonly number[], values: Float32Array) =>
    addInitializer(graph, names.value(wish), tensorOf('float32', shape, values));
  product.setInput(1, add(`${weight.name}_normalized`, dims, scaled));
  product.setInput(2, add(`${bias?.name ?? weight.name}_shift`, [channels], shifted));
  removeNode(graph, norm);
  product.setOutput(0, output);
  return true;
}

const constant = (tensor: Tensor | undefined): Float32Array | undefined =>
  tensor?.dtype === 'float32' ? elements(tensor, 'float32') : undefined;
