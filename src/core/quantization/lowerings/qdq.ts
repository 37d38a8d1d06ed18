/**
 * Writes a plan as QuantizeLinear / DequantizeLinear pairs around float operators, the form that onnxruntime and other
 * runtimes fuse into their integer kernels.
 *
 * Invariant: graph inputs and outputs keep names, types and shapes. A value whose producer is quantized is read by
 * everybody, the graph's output included, after its DequantizeLinear, so that the producer can be fused; any other
 * value is only quantized for its quantized readers.
 *
 * https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
import { intAttribute } from '../../ir/attribute.ts';
import { isGraphOutput, removeNode, replaceUses } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import type { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { operatorSpec } from '../../ops/index.ts';
import { tensorOf } from '../../tensor/tensor.ts';
import { type QuantizedBias, quantizeBiasOf } from '../bias.ts';
import type { ActivationQuant, QuantizeDecision, QuantPlan, WeightQuant } from '../plan.ts';
import { encodeWeight, scaleDims } from '../weights.ts';
import { bits, Constants } from './constants.ts';
import { Insertions } from './insertions.ts';
import { renameOutput } from './rename-output.ts';

export function lowerToQdq(model: Model, plan: QuantPlan): void {
  const shared = sharedParts(model.graph, plan);
  // Outermost first: a body reads what its outer graphs have become.
  for (const graph of [...walkGraphs(model.graph)]) {
    const writer = new QdqWriter(graph, shared);
    for (const node of [...graph.nodes]) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action === 'absorb') writer.absorb(node);
    }
    for (const node of graph.nodes) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action === 'quantize') writer.quantize(node, decision);
    }
    writer.finish();
  }
  for (const graph of walkGraphs(model.graph)) removeUnusedInitializers(graph);
}

/** What the writers of a model's graphs have in common. Constants are held by the main graph, and bodies see them there. */
interface SharedParts {
  readonly plan: QuantPlan;
  readonly names: Names;
  readonly constants: Constants;
  /** By value: names move to the dequantized side when a graph output is rewritten. */
  readonly quants: Map<Value, ActivationQuant>;
  /** Inputs of the DequantizeLinear of an encoded weight or bias. */
  readonly encoded: Map<string, readonly Value[]>;
}

function sharedParts(root: Graph, plan: QuantPlan): SharedParts {
  const names = new Names(root);
  const quants = new Map<Value, ActivationQuant>();
  for (const graph of walkGraphs(root))
    for (const value of [...graph.inputs, ...graph.nodes.flatMap(node => node.outputs)]) {
      const quant = value && plan.activations.get(value.name);
      if (quant) quants.set(value, quant);
    }
  return { plan, names, constants: new Constants(root, names), quants, encoded: new Map() };
}

/** Writes one graph. A body gets a pair of its own for a value that it captures, so that its operators can be fused. */
class QdqWriter {
  readonly #graph: Graph;
  readonly #plan: QuantPlan;
  readonly #quants: Map<Value, ActivationQuant>;
  readonly #names: Names;
  readonly #constants: Constants;
  readonly #encoded: Map<string, readonly Value[]>;
  readonly #dequantized = new Map<Value, Value>();
  /** Encoded weights and biases behind their DequantizeLinear. */
  readonly #decoded = new Map<string, Value>();
  readonly #insertions: Insertions;

  constructor(graph: Graph, { plan, names, constants, quants, encoded }: SharedParts) {
    this.#graph = graph;
    this.#plan = plan;
    this.#names = names;
    this.#constants = constants;
    this.#quants = quants;
    this.#encoded = encoded;
    this.#insertions = new Insertions(graph);
  }

  /** The node's producer writes the clipped value itself: its quantizer saturates where the clip did. */
  absorb(node: Node): void {
    const [input] = node.inputs;
    const [output] = node.outputs;
    const producer = input?.producer;
    if (!input || !output || !producer) return;
    const at = producer.outputs.indexOf(input);
    removeNode(this.#graph, node);
    producer.setOutput(at, output);
  }

  quantize(node: Node, decision: QuantizeDecision): void {
    const biasAt = decision.bias ?? floatBiasAt(node);
    const bias = biasAt === undefined ? undefined : node.inputs[biasAt];
    const [weightAt, weightQuant] = [...decision.weights][0] ?? [];
    const weight = weightAt === undefined ? undefined : node.inputs[weightAt]?.initializer;
    let adjusted = weightQuant;
    if (bias?.initializer && weight && weightQuant && weightQuant.blockSize === undefined) {
      const inputScale = this.#scaleOf(node.inputs[decision.inputs[0] ?? 0]);
      const quantized = quantizeBiasOf(bias.initializer, weight, inputScale, weightQuant);
      adjusted = { ...weightQuant, scales: quantized.weightScales };
      if (decision.bias !== undefined) node.setInput(decision.bias, this.#bias(node, bias, quantized));
    }
    for (const index of decision.inputs) {
      const value = node.inputs[index];
      const quant = index === weightAt ? adjusted : decision.weights.get(index);
      if (!value) continue;
      node.setInput(index, quant ? this.#weight(node, value, quant) : this.#dequantize(value));
    }
    for (const index of decision.outputs) {
      const value = node.outputs[index];
      if (value) this.#dequantize(value);
    }
  }

  finish(): void {
    this.#insertions.finish();
  }

  #scaleOf(value: Value | undefined): number {
    const pair = value?.producer;
    const source = pair && this.#insertions.has(pair) ? pair.inputs[0]?.producer?.inputs[0] : value;
    const quant = source && this.#quants.get(source);
    if (!quant)
      throw new Error(`the plan has no parameters for value ${value?.name}, which a bias is scaled by`);
    return quant.scale;
  }

  /** The value as quantized readers see it; made once. */
  #dequantize(value: Value): Value {
    const known = this.#dequantized.get(value);
    if (known) return known;
    // Already the result of a pair made for its producer.
    if (value.producer?.opType === 'DequantizeLinear' && this.#insertions.has(value.producer)) return value;
    const quant = this.#quants.get(value);
    if (!quant) throw new Error(`the plan has no parameters for value ${value.name}`);
    const isWritten = this.#isQuantizedOutput(value);
    const result = this.#pair(value, quant);
    this.#dequantized.set(value, result);
    if (isWritten) {
      replaceUses(value, result, node => this.#insertions.has(node) && node.opType === 'QuantizeLinear');
      if (isGraphOutput(this.#graph, value)) renameOutput(this.#graph, value, result, this.#names);
    }
    return result;
  }

  #isQuantizedOutput(value: Value): boolean {
    const decision = value.producer && this.#plan.nodes.get(value.producer.name);
    return (
      decision?.action === 'quantize' && decision.outputs.includes(value.producer!.outputs.indexOf(value))
    );
  }

  #pair(value: Value, quant: ActivationQuant): Value {
    const { name } = value;
    const scale = this.#constants.scale(Float32Array.of(quant.scale), [], `${name}_scale`);
    const zero = this.#constants.zeroPoint(
      quant.dtype,
      Int32Array.of(quant.zeroPoint),
      [],
      `${name}_zero_point`,
    );
    const codes = new Value(this.#names.value(`${name}_q`));
    const result = new Value(this.#names.value(`${name}_dq`));
    const quantize = this.#insertions.make('QuantizeLinear', [value, scale, zero], codes);
    const dequantize = this.#insertions.make('DequantizeLinear', [codes, scale, zero], result);
    this.#quants.set(result, quant);
    // A captured value is quantized again where the body starts: rounding twice on one grid changes nothing.
    this.#insertions.after(value, quantize, dequantize);
    return result;
  }

  #weight(node: Node, value: Value, quant: WeightQuant): Value {
    const tensor = value.initializer;
    if (!tensor) throw new Error(`${value.name} is no constant`);
    const key = `${value.name}\0${quant.dtype}\0${quant.axis}\0${quant.blockSize}\0${bits(quant.scales)}`;
    return this.#decode(key, node, value.name, quant, () => {
      const dims = scaleDims(tensor.dims, quant);
      return [
        this.#constants.add(encodeWeight(tensor, quant), `${value.name}_q`),
        this.#constants.scale(quant.scales, dims, `${value.name}_scale`),
        this.#constants.zeroPoint(quant.dtype, quant.zeroPoints, dims, `${value.name}_zero_point`),
      ];
    });
  }

  #bias(node: Node, bias: Value, quantized: QuantizedBias): Value {
    const { codes } = quantized;
    const scalar = quantized.scales.length === 1;
    const scales = Float32Array.from(quantized.scales);
    const key = `${bias.name}\0bias\0${bits(scales)}`;
    // No zero point: it defaults to 0, and the runtime's kernels do not ask for one.
    return this.#decode(key, node, bias.name, scalar ? {} : { axis: 0 }, () => [
      this.#constants.add(tensorOf('int32', [codes.length], codes), `${bias.name}_q`),
      this.#constants.scale(scales, scalar ? [] : [scales.length], `${bias.name}_scale`),
    ]);
  }

  /** The constant of this key behind a DequantizeLinear: written once in the graph, its operands once in the model. */
  #decode(
    key: string,
    node: Node,
    name: string,
    { axis, blockSize }: Pick<WeightQuant, 'axis' | 'blockSize'>,
    makeOperands: () => readonly Value[],
  ): Value {
    const known = this.#decoded.get(key);
    if (known) return known;
    const operands = this.#encoded.get(key) ?? makeOperands();
    this.#encoded.set(key, operands);
    const result = new Value(this.#names.value(`${name}_dq`));
    const made = this.#insertions.make('DequantizeLinear', operands, result);
    if (axis !== undefined) made.attributes.set('axis', intAttribute(axis));
    if (blockSize !== undefined) made.attributes.set('block_size', intAttribute(blockSize));
    this.#insertions.before(node, made);
    this.#decoded.set(key, result);
    return result;
  }
}

/**
 * Position of a bias that stays float. Its weights are scaled as if it were int32: onnxruntime makes it so when it
 * optimises the graph, and lets it overflow.
 */
function floatBiasAt(node: Node): number | undefined {
  const spec = operatorSpec(node);
  const at = spec?.role === 'linear' ? spec.bias : undefined;
  return at !== undefined && node.inputs[at]?.initializer?.dtype === 'float32' ? at : undefined;
}
