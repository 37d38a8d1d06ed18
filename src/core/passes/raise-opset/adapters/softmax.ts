/**
 * Softmax, LogSoftmax and Hardmax 13: until 12 the input was seen as a matrix, coerced at `axis` (1 by default), and each
 * row taken as a whole; since 13 the operator works along `axis` alone (-1 by default).
 *
 *   old(x, axis) = Reshape(new(Flatten(x, axis), -1), Shape(x))
 *
 * which is new(x, -1) where `axis` is the last one.
 * https://onnx.ai/onnx/operators/text_diff_Softmax_11_13.html
 */
import { intAttribute } from '../../../ir/attribute.ts';
import { insertAfter, insertBefore } from '../../../ir/edit.ts';
import { Node } from '../../../ir/node.ts';
import { Value } from '../../../ir/value.ts';
import type { Adapter, Site } from '../adapter.ts';

const OLD_DEFAULT_AXIS = 1;

export const SOFTMAX: readonly Adapter[] = ['Softmax', 'LogSoftmax', 'Hardmax'].map(name => ({
  id: `${name}-13` as const,
  adapt,
}));

function adapt(node: Node, site: Site): void {
  const axis = node.int('axis', OLD_DEFAULT_AXIS);
  const [input] = node.inputs;
  const [output] = node.outputs;
  node.attributes.set('axis', intAttribute(-1));
  const rank = input?.dims?.length;
  if (axis === -1 || (rank !== undefined && axis === rank - 1) || !input || !output) return;
  const name = node.name || node.opType;
  const fresh = (what: string): Value => new Value(site.names.value(`${name}_${what}`));
  const [rows, shape, result] = [fresh('rows'), fresh('shape'), fresh('result')];
  const make = (opType: string, inputs: Value[], outputs: Value[], attributes = {}): Node =>
    new Node({ opType, name: site.names.node(`${name}_${opType}`), inputs, outputs, attributes });
  insertBefore(site.graph, node, make('Flatten', [input], [rows], { axis: intAttribute(axis) }));
  insertBefore(site.graph, node, make('Shape', [input], [shape]));
  node.setInput(0, rows);
  node.setOutput(0, result);
  insertAfter(site.graph, node, make('Reshape', [result, shape], [output]));
}
