/**
 * Writes tables behind Gather in blocks along their rows: com.microsoft.GatherBlockQuantized, or Gathers of codes, scales
 * and zero points in front of a DequantizeLinear with blocks, so that only the rows that are taken are decoded.
 *
 *   table [V, D] -> codes [V, D] (4 bits: [V, D / 2], low half first), scales and zero points [V, ceil(D / block)]
 *
 * Invariant: a table that several nodes read is written once, in the main graph; outputs keep their names.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftgatherblockquantized
 */
import { intAttribute } from '../../ir/attribute.ts';
import { insertBefore, removeNode } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import { Node } from '../../ir/node.ts';
import { Value } from '../../ir/value.ts';
import { tensorFromPieces, tensorOf } from '../../tensor/tensor.ts';
import { bitsOf, packZeroPoints } from '../block-rtn.ts';
import { encodeBlocks } from '../pack-blocks.ts';
import type { WeightQuant } from '../plan.ts';
import type { Constants } from './constants.ts';
import { CONTRIB } from './contrib.ts';

/** Codes, scales and zero points; the last is absent where every zero point is the operator's default. */
type TableOperands = readonly Value[];

export class TableWriter {
  readonly #written = new Map<string, TableOperands>();
  readonly #constants: Constants;

  /** @param constants of the main graph */
  constructor(constants: Constants) {
    this.#constants = constants;
  }

  /** Puts GatherBlockQuantized in the place of a Gather. */
  toGatherBlockQuantized(graph: Graph, node: Node, quant: WeightQuant): void {
    const [table, indices] = node.inputs;
    const [output] = node.outputs;
    if (!table || !indices || !output) return;
    const [codes, scales, zeroPoints] = this.#operands(table, quant);
    const lookup = new Node({
      opType: 'GatherBlockQuantized',
      domain: CONTRIB,
      name: this.#constants.names.node(`${node.name}_GatherBlockQuantized`),
      inputs: [codes, indices, scales, ...(zeroPoints ? [zeroPoints] : [])],
      outputs: [],
      attributes: {
        gather_axis: intAttribute(0),
        quantize_axis: intAttribute(1),
        block_size: intAttribute(quant.blockSize ?? 0),
        bits: intAttribute(bitsOf(quant)),
      },
    });
    insertBefore(graph, node, lookup);
    removeNode(graph, node);
    lookup.setOutput(0, output);
  }

  /** Puts plain ONNX of opset 21 in its place. @param quant in 8 bits: Gather takes no 4-bit tables */
  toDequantizedRows(graph: Graph, node: Node, quant: WeightQuant): void {
    const [table, indices] = node.inputs;
    const [output] = node.outputs;
    if (!table || !indices || !output) return;
    const { names } = this.#constants;
    const rows = this.#operands(table, quant, true).map(operand => {
      const taken = new Value(names.value(`${node.name}_${operand.name}`));
      const gather = new Node({
        opType: 'Gather',
        name: names.node(`${node.name}_Gather`),
        inputs: [operand, indices],
        outputs: [taken],
        attributes: { axis: intAttribute(0) },
      });
      insertBefore(graph, node, gather);
      return taken;
    });
    const decode = new Node({
      opType: 'DequantizeLinear',
      name: names.node(`${node.name}_DequantizeLinear`),
      inputs: rows,
      outputs: [],
      attributes: { axis: intAttribute(-1), block_size: intAttribute(quant.blockSize ?? 0) },
    });
    insertBefore(graph, node, decode);
    removeNode(graph, node);
    decode.setOutput(0, output);
  }

  #operands(table: Value, quant: WeightQuant, withDefault = false): TableOperands {
    const known = this.#written.get(table.name);
    if (known) return known;
    const tensor = table.initializer;
    if (!tensor) throw new Error(`${table.name} is no constant`);
    const [rows = 0, width = 0] = tensor.dims;
    const blocks = quant.scales.length / rows;
    const bits = bitsOf(quant);
    const codes = (): Iterable<Uint8Array> => encodeBlocks(tensor, quant);
    const constants = this.#constants;
    const operands = [
      constants.add(tensorFromPieces('uint8', [rows, (width * bits) / 8], codes), `${table.name}_q`),
      constants.add(tensorOf('float32', [rows, blocks], quant.scales), `${table.name}_scales`),
    ];
    const zeroPoints = packZeroPoints(tensor.dims, quant, withDefault);
    if (zeroPoints) {
      const packed = tensorOf('uint8', [rows, zeroPoints.length / rows], zeroPoints);
      operands.push(constants.add(packed, `${table.name}_zero_points`));
    }
    this.#written.set(table.name, operands);
    return operands;
  }
}
