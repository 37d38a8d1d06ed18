/**
 * Writes weight-only quantization as plain ONNX: the weight becomes codes behind a DequantizeLinear with blocks, the
 * operator that reads it stays. onnxruntime fuses the pair into MatMulNBits where it can.
 *
 * Invariant: a weight that several nodes read in the same way is written once; the codes are those of MatMulNBits.
 * https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
 */
import { intAttribute } from '../../ir/attribute.ts';
import { insertAfter } from '../../ir/edit.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { packInt4 } from '../../tensor/pack-int4.ts';
import { type Tensor, tensorFromBytes, tensorFromPieces, tensorOf } from '../../tensor/tensor.ts';
import { encodeBlocks } from '../pack-blocks.ts';
import type { QuantPlan, WeightQuant } from '../plan.ts';
import { MATRIX, TABLE } from '../weight-only-plan.ts';
import { scaleDims } from '../weights.ts';
import { Constants } from './constants.ts';
import { TableWriter } from './weight-only-tables.ts';

/** DequantizeLinear has `block_size` and the 4-bit types since opset 21. */
export const BLOCKED_QDQ_OPSET = 21;

export function lowerToBlockedQdq(model: Model, plan: QuantPlan): void {
  const names = new Names(model.graph);
  const decoded = new Map<string, Value>();
  const tables = new TableWriter(new Constants(model.graph, names));
  const owners = new Map<Value, Constants>();
  for (const graph of walkGraphs(model.graph)) {
    const constants = new Constants(graph, names);
    for (const value of graph.initializers) owners.set(value, constants);
  }
  for (const graph of walkGraphs(model.graph)) {
    for (const node of [...graph.nodes]) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action !== 'quantize') continue;
      const table = decision.weights.get(TABLE);
      if (table) tables.toDequantizedRows(graph, node, table);
      const quant = decision.weights.get(MATRIX);
      const weight = node.inputs[MATRIX];
      const owner = weight && owners.get(weight);
      if (!quant || !owner || !weight.initializer) continue;
      const key = `${quant.axis}\0${weight.name}`;
      const value = decoded.get(key) ?? decode(owner, weight, weight.initializer, quant);
      decoded.set(key, value);
      node.setInput(MATRIX, value);
    }
  }
  for (const graph of walkGraphs(model.graph)) removeUnusedInitializers(graph);
}

/**
 * Codes and DequantizeLinear stand together in the graph that held the weight: onnxruntime's fusion looks for the codes
 * beside the operator (1.30 refuses a model in which they lie further out), and graphs inside capture the decoded value.
 */
function decode(constants: Constants, weight: Value, tensor: Tensor, quant: WeightQuant): Value {
  const { dims } = tensor;
  const { graph, names } = constants;
  const result = new Value(names.value(`${weight.name}_dq`), { kind: 'tensor', dtype: 'float32', dims });
  const node = new Node({
    opType: 'DequantizeLinear',
    name: names.node(`${weight.name}_DequantizeLinear`),
    inputs: addCodes(constants, weight, tensor, quant),
    outputs: [result],
    attributes: { axis: intAttribute(quant.axis ?? 0), block_size: intAttribute(quant.blockSize ?? 1) },
  });
  insertAfter(graph, undefined, node);
  return result;
}

function addCodes(constants: Constants, weight: Value, tensor: Tensor, quant: WeightQuant): readonly Value[] {
  const { dims } = tensor;
  const packed = (codes: Uint8Array): Uint8Array => (quant.dtype === 'uint4' ? packInt4(codes) : codes);
  const zeroPoints = packed(Uint8Array.from(quant.zeroPoints));
  const parameters = scaleDims(dims, quant);
  return [
    constants.add(
      tensorFromPieces(quant.dtype, dims, () => encodeBlocks(tensor, quant)),
      `${weight.name}_q`,
    ),
    constants.add(tensorOf('float32', parameters, quant.scales), `${weight.name}_scales`),
    constants.add(tensorFromBytes(quant.dtype, parameters, zeroPoints), `${weight.name}_zero_points`),
  ];
}
