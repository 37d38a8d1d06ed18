/**
 * Writes dynamic quantization: DynamicQuantizeLinear in front of MatMulInteger or ConvInteger, DynamicQuantizeLSTM, and
 * 8-bit tables behind Gather.
 *
 *   y = Cast(MatMulInteger(xq, wq, x_zp, w_zp)) * (x_scale * w_scale) [+ bias]
 *
 * onnxruntime fuses exactly this chain into DynamicQuantizeMatMul. A quantized input is shared by all its readers.
 * https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html
 */
import { type Attribute, intAttribute } from '../../ir/attribute.ts';
import { insertBefore, removeNode } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { type Tensor, tensorOf } from '../../tensor/tensor.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { QuantPlan, WeightQuant } from '../plan.ts';
import { encodeWeight, scaleDims } from '../weights.ts';
import { Constants } from './constants.ts';
import { CONTRIB, CONTRIB_VERSION } from './contrib.ts';
import { transposeLastTwo } from './transpose.ts';

/** DynamicQuantizeLinear came with opset 11. */
export const DYNAMIC_OPSET = 11;

export function lowerToDynamic(model: Model, plan: QuantPlan): void {
  const names = new Names(model.graph);
  const constants = new Constants(model.graph, names);
  for (const graph of walkGraphs(model.graph)) {
    const writer = new DynamicWriter(graph, names, constants);
    for (const node of [...graph.nodes]) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action === 'quantize') writer.write(node, decision.weights);
    }
  }
  for (const graph of walkGraphs(model.graph)) removeUnusedInitializers(graph);
  if ([...walkGraphs(model.graph)].some(graph => graph.nodes.some(node => node.domain === CONTRIB)))
    model.opsetImports.set(CONTRIB, CONTRIB_VERSION);
}

interface QuantizedInput {
  readonly codes: Value;
  readonly scale: Value;
  readonly zeroPoint: Value;
}

class DynamicWriter {
  readonly #inputs = new Map<Value, QuantizedInput>();

  readonly graph: Graph;
  readonly names: Names;
  readonly constants: Constants;

  constructor(graph: Graph, names: Names, constants: Constants) {
    this.graph = graph;
    this.names = names;
    this.constants = constants;
  }

  write(node: Node, weights: ReadonlyMap<number, WeightQuant>): void {
    if (node.opType === 'LSTM') this.#lstm(node, weights);
    else if (node.opType === 'Gather') this.#gather(node, weights.get(0)!);
    else this.#product(node, weights.get(1)!);
  }

  #product(node: Node, quant: WeightQuant): void {
    const [data, weight, bias] = node.inputs;
    const [output] = node.outputs;
    const tensor = weight?.initializer;
    if (!data || !weight || !tensor || !output) return;
    const isConv = node.opType === 'Conv';
    const transposed = node.opType === 'Gemm' && node.flag('transB');
    const codes = encodeWeight(tensor, quant);
    const input = this.#quantize(node, data);
    const wq = this.constants.add(transposed ? transposeLastTwo(codes) : codes, `${weight.name}_q`);
    const scalar = quant.axis === undefined;
    const wScale =
      isConv && !scalar
        ? this.constants.add(
            tensorOf('float32', [quant.scales.length, ...tensor.dims.slice(2).map(() => 1)], quant.scales),
            `${weight.name}_scale`,
          )
        : this.constants.scale(quant.scales, scaleDims(tensor.dims, quant), `${weight.name}_scale`);
    // onnxruntime's ConvInteger refuses a list of zero points; the plan gives convolutions equal ones.
    const oneZeroPoint = scalar || isConv;
    const wZero = this.constants.zeroPoint(
      quant.dtype,
      oneZeroPoint ? quant.zeroPoints.subarray(0, 1) : quant.zeroPoints,
      oneZeroPoint ? [] : scaleDims(tensor.dims, quant),
      `${weight.name}_zero_point`,
    );
    const attributes = isConv ? Object.fromEntries(node.attributes) : {};
    const at = node.name || node.opType;
    const product = this.#add(
      node,
      isConv ? 'ConvInteger' : 'MatMulInteger',
      at,
      [input.codes, wq, input.zeroPoint, wZero],
      attributes,
    );
    const cast = this.#add(node, 'Cast', `${at}_cast`, [product], { to: intAttribute(1) });
    const scale = this.#add(node, 'Mul', `${at}_scales`, [input.scale, wScale]);
    const result = this.#add(node, 'Mul', `${at}_scaled`, [cast, scale]);
    const shapedBias = bias && isConv ? this.#channelBias(bias, tensor.dims.length - 2) : bias;
    this.#finish(node, output, result, shapedBias);
  }

  /** Gives the last value of the chain the name and place of the node's output. */
  #finish(node: Node, output: Value, result: Value, bias: Value | undefined): void {
    const last = result.producer!;
    if (bias) {
      insertBefore(
        this.graph,
        node,
        new Node({
          opType: 'Add',
          name: this.names.node(`${node.name}_bias`),
          inputs: [result, bias],
          outputs: [],
        }),
      );
    }
    const producer = bias ? this.graph.nodes[this.graph.nodes.indexOf(node) - 1]! : last;
    removeNode(this.graph, node);
    producer.setOutput(0, output);
  }

  #channelBias(bias: Value, spatial: number): Value {
    const tensor = bias.initializer;
    if (!tensor) return bias;
    return this.constants.add(
      tensorOf('float32', [tensor.dims[0] ?? 1, ...Array<number>(spatial).fill(1)], toFloat32(tensor)),
      `${bias.name}_channels`,
    );
  }

  #quantize(node: Node, data: Value): QuantizedInput {
    const known = this.#inputs.get(data);
    if (known) return known;
    const codes = new Value(this.names.value(`${data.name}_q`));
    const scale = new Value(this.names.value(`${data.name}_scale`));
    const zeroPoint = new Value(this.names.value(`${data.name}_zero_point`));
    insertBefore(
      this.graph,
      node,
      new Node({
        opType: 'DynamicQuantizeLinear',
        name: this.names.node(`${data.name}_DynamicQuantizeLinear`),
        inputs: [data],
        outputs: [codes, scale, zeroPoint],
      }),
    );
    const made = { codes, scale, zeroPoint };
    this.#inputs.set(data, made);
    return made;
  }

  #gather(node: Node, quant: WeightQuant): void {
    const [table] = node.inputs;
    const [output] = node.outputs;
    const tensor = table?.initializer;
    if (!table || !tensor || !output) return;
    const codes = this.constants.add(encodeWeight(tensor, quant), `${table.name}_q`);
    const rows = new Value(this.names.value(`${output.name}_q`));
    const scale = this.constants.scale(quant.scales, [], `${table.name}_scale`);
    const zero = this.constants.zeroPoint(quant.dtype, quant.zeroPoints, [], `${table.name}_zero_point`);
    const decode = new Node({
      opType: 'DequantizeLinear',
      name: this.names.node(`${node.name}_DequantizeLinear`),
      inputs: [rows, scale, zero],
      outputs: [output],
    });
    this.graph.nodes.splice(this.graph.nodes.indexOf(node) + 1, 0, decode);
    node.setInput(0, codes);
    node.setOutput(0, rows);
    output.producer = decode;
  }

  /** com.microsoft.DynamicQuantizeLSTM: W and R are transposed to [directions, input, 4 * hidden]. */
  #lstm(node: Node, weights: ReadonlyMap<number, WeightQuant>): void {
    const encode = (index: number): readonly [Value, Value, Value] => {
      const value = node.inputs[index]!;
      const quant = weights.get(index)!;
      const tensor: Tensor = value.initializer!;
      return [
        this.constants.add(transposeLastTwo(encodeWeight(tensor, quant)), `${value.name}_q`),
        this.constants.scale(quant.scales, [quant.scales.length], `${value.name}_scale`),
        this.constants.zeroPoint(
          quant.dtype,
          quant.zeroPoints,
          [quant.scales.length],
          `${value.name}_zero_point`,
        ),
      ];
    };
    const [w, wScale, wZero] = encode(1);
    const [r, rScale, rZero] = encode(2);
    node.setInput(1, w);
    node.setInput(2, r);
    [wScale, wZero, rScale, rZero].forEach((value, index) => {
      node.setInput(8 + index, value);
    });
    node.opType = 'DynamicQuantizeLSTM';
    node.domain = CONTRIB;
    node.attributes.delete('layout');
  }

  #add(
    before: Node,
    opType: string,
    wish: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute> = {},
  ): Value {
    const output = new Value(this.names.value(`${wish}_output`));
    insertBefore(
      this.graph,
      before,
      new Node({ opType, name: this.names.node(wish), inputs, outputs: [output], attributes }),
    );
    return output;
  }
}
