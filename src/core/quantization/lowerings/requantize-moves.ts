/**
 * Writes a QuantizeLinear / DequantizeLinear pair, on the grid of its input, behind an operator that moves int8 values
 * in float. Its elements are points of that grid, so nothing changes but the form.
 *
 * Why: onnxruntime 1.30 writes such pairs itself when it optimises a graph, and on CPUs that prefer uint8 it then
 * changes the type of their zero point beside an `output_dtype` that still says int8, so that from opset 21 on the
 * model does not load. Pairs that are there already it leaves alone.
 *
 * Requires a lowered model. Ensures: behind a DequantizeLinear of int8, a chain of these operators ends in pairs.
 * https://github.com/microsoft/onnxruntime/blob/v1.30.0/onnxruntime/core/optimizer/qdq_transformer/qdq_propagation.cc
 */
import { isGraphOutput, replaceUses } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import type { Node } from '../../ir/node.ts';
import { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { Insertions } from './insertions.ts';
import { renameOutput } from './rename-output.ts';

/** Those that onnxruntime carries conversions across. */
const MOVES: ReadonlySet<string> = new Set([
  'MaxPool',
  'Reshape',
  'Slice',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
/** QuantizeLinear has `output_dtype` since this opset. */
export const INT8_MOVES_BREAK_OPSET = 21;

export function requantizeMoves(model: Model): void {
  if (model.opset < INT8_MOVES_BREAK_OPSET) return;
  let names: Names | undefined;
  for (const graph of walkGraphs(model.graph)) {
    const insertions = new Insertions(graph);
    for (const node of graph.nodes) {
      const grid = MOVES.has(node.qualifiedType) ? int8Grid(node.inputs[0]) : undefined;
      const [output] = node.outputs;
      if (!grid || !output || !isReadInFloat(graph, output)) continue;
      names ??= new Names(model.graph);
      addPair(graph, output, grid, insertions, names);
    }
    insertions.finish();
  }
}

/** Scale and zero point of a value that comes out of a DequantizeLinear of int8, one of each. */
function int8Grid(value: Value | undefined): readonly [Value, Value] | undefined {
  if (value?.producer?.qualifiedType !== 'DequantizeLinear') return undefined;
  const [, scale, zeroPoint] = value.producer.inputs;
  const zero = zeroPoint?.initializer;
  return scale && zeroPoint && zero?.dtype === 'int8' && elementCount(zero.dims) === 1
    ? [scale, zeroPoint]
    : undefined;
}

const isQuantizer = (node: Node): boolean => node.qualifiedType === 'QuantizeLinear';

function isReadInFloat(graph: Graph, value: Value): boolean {
  return isGraphOutput(graph, value) || [...value.uses].some(({ node }) => !isQuantizer(node));
}

function addPair(
  graph: Graph,
  value: Value,
  grid: readonly [Value, Value],
  insertions: Insertions,
  names: Names,
): void {
  const codes = new Value(names.value(`${value.name}_q`));
  const result = new Value(names.value(`${value.name}_dq`));
  replaceUses(value, result, isQuantizer);
  const quantize = insertions.make('QuantizeLinear', [value, ...grid], codes);
  const dequantize = insertions.make('DequantizeLinear', [codes, ...grid], result);
  insertions.after(value, quantize, dequantize);
  if (isGraphOutput(graph, value)) renameOutput(graph, value, result, names);
}
