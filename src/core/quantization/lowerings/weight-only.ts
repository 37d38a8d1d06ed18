/**
 * Writes weight-only quantization as com.microsoft.MatMulNBits: MatMul and Gemm become one operator that decodes blocks of weights while it
 * multiplies. The C of a Gemm is added after it. Tables behind Gather become GatherBlockQuantized.
 *
 * Invariant: a weight that several nodes read in the same way is written once; values keep their names.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftmatmulnbits
 */
import { intAttribute } from '../../ir/attribute.ts';
import { insertAfter, insertBefore, removeNode } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { tensorFromPieces, tensorOf } from '../../tensor/tensor.ts';
import { bitsOf, packScales, packZeroPoints } from '../block-rtn.ts';
import { packBlocks } from '../pack-blocks.ts';
import type { QuantPlan, WeightQuant } from '../plan.ts';
import { MATRIX, TABLE } from '../weight-only-plan.ts';
import { Constants } from './constants.ts';
import { CONTRIB, CONTRIB_VERSION } from './contrib.ts';
import { TableWriter } from './weight-only-tables.ts';

/** @param accuracyLevel least precision of the activations in the product: 0 unset, 1 float32, 4 int8 */
export function lowerToMatMulNBits(model: Model, plan: QuantPlan, accuracyLevel: number): void {
  const names = new Names(model.graph);
  // Nested graphs read them from the main graph.
  const constants = new Constants(model.graph, names);
  const packed = new Map<string, readonly Value[]>();
  const tables = new TableWriter(constants);
  for (const graph of walkGraphs(model.graph))
    for (const node of [...graph.nodes]) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action !== 'quantize') continue;
      model.opsetImports.set(CONTRIB, CONTRIB_VERSION);
      const table = decision.weights.get(TABLE);
      if (table) tables.toGatherBlockQuantized(graph, node, table);
      const quant = decision.weights.get(MATRIX);
      const weight = node.inputs[MATRIX];
      if (!quant || !weight) continue;
      const key = `${quant.axis}\0${weight.name}`;
      const operands = packed.get(key) ?? addPacked(constants, weight, quant);
      packed.set(key, operands);
      replace(graph, names, node, operands, quant, accuracyLevel);
    }
  for (const graph of walkGraphs(model.graph)) removeUnusedInitializers(graph);
}

/** Codes, scales and, where they are not the default, zero points. */
function addPacked(constants: Constants, weight: Value, quant: WeightQuant): readonly Value[] {
  const tensor = weight.initializer;
  if (!tensor) throw new Error(`${weight.name} is no constant`);
  const { dims } = tensor;
  const columns = dims[quant.axis === 1 ? 0 : 1] ?? 0;
  const blocks = quant.scales.length / columns;
  const blockBytes = ((quant.blockSize ?? 1) * bitsOf(quant)) / 8;
  const codes = (): Iterable<Uint8Array> => packBlocks(tensor, quant);
  const operands = [
    constants.add(tensorFromPieces('uint8', [columns, blocks, blockBytes], codes), `${weight.name}_q`),
    constants.add(tensorOf('float32', [columns, blocks], packScales(dims, quant)), `${weight.name}_scales`),
  ];
  const zeroPoints = packZeroPoints(dims, quant);
  if (zeroPoints) {
    const tensor = tensorOf('uint8', [columns, zeroPoints.length / columns], zeroPoints);
    operands.push(constants.add(tensor, `${weight.name}_zero_points`));
  }
  return operands;
}

function replace(
  graph: Graph,
  names: Names,
  node: Node,
  operands: readonly Value[],
  quant: WeightQuant,
  accuracyLevel: number,
): void {
  const [data, weight, bias] = node.inputs;
  const [output] = node.outputs;
  const dims = weight?.initializer?.dims;
  if (!data || !dims || !output) return;
  const [rows = 0, columns = 0] = quant.axis === 1 ? dims.toReversed() : dims;
  const product = new Node({
    opType: 'MatMulNBits',
    domain: CONTRIB,
    name: names.node(`${node.name}_MatMulNBits`),
    inputs: [data, ...operands],
    outputs: [],
    attributes: {
      K: intAttribute(rows),
      N: intAttribute(columns),
      bits: intAttribute(bitsOf(quant)),
      block_size: intAttribute(quant.blockSize ?? 0),
      ...(accuracyLevel > 0 && { accuracy_level: intAttribute(accuracyLevel) }),
    },
  });
  insertBefore(graph, node, product);
  removeNode(graph, node);
  if (!bias) {
    product.setOutput(0, output);
    return;
  }
  // The runtime infers its type: the shape of an output is a claim of the file.
  const sum = new Value(names.value(`${output.name}_product`));
  product.setOutput(0, sum);
  const add = new Node({
    opType: 'Add',
    name: names.node(`${node.name}_bias`),
    inputs: [sum, bias],
    outputs: [output],
  });
  insertAfter(graph, product, add);
}
