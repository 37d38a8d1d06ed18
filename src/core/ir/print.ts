/**
 * A model as text, one line a node: for tests, bug reports and diffs of what a pass did. Tensor values are left out.
 *
 *   graph g [opset 17]
 *     in   x: float32[1,3,8,8]
 *     init w: float32[4,3,3,3]
 *     y = Conv(x, w) {pads=[1,1,1,1]} # node name
 *     out  y: float32[1,4,8,8]
 *
 * Invariant: the text depends on the model alone (attributes by name), so equal models print equally.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Attribute } from './attribute.ts';
import type { Graph } from './graph.ts';
import type { Model } from './model.ts';
import type { Node } from './node.ts';
import type { Value } from './value.ts';

/** Longer lists are cut, with their length. */
const LIST_SHOWN = 16;

export function printModel(model: Model): string {
  const opsets = [...model.opsetImports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([domain, version]) => (domain === '' ? `opset ${version}` : `${domain} ${version}`));
  return `${printGraph(model.graph, opsets.join(', ')).join('\n')}\n`;
}

function printGraph(graph: Graph, header?: string): string[] {
  const lines = [`graph ${graph.name}${header === undefined ? '' : ` [${header}]`}`];
  for (const value of graph.inputs) lines.push(`  in   ${typed(value)}`);
  for (const value of graph.initializers)
    lines.push(`  init ${value.name}: ${tensorType(value.initializer)}`);
  for (const node of graph.nodes) lines.push(...printNode(node).map(line => `  ${line}`));
  for (const value of graph.outputs) lines.push(`  out  ${typed(value)}`);
  return lines;
}

function printNode(node: Node): string[] {
  const names = (values: readonly (Value | undefined)[]): string =>
    values.map(value => value?.name ?? '_').join(', ');
  const attributes: string[] = [];
  const nested: string[] = [];
  for (const [name, attribute] of [...node.attributes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    attributes.push(`${name}=${printAttribute(attribute)}`);
    const graphs =
      attribute.kind === 'graph' ? [attribute.value] : attribute.kind === 'graphs' ? attribute.value : [];
    for (const graph of graphs) nested.push(...printGraph(graph, name).map(line => `  ${line}`));
  }
  const list = attributes.length > 0 ? ` {${attributes.join(', ')}}` : '';
  const label = node.name === '' ? '' : ` # ${node.name}`;
  return [`${names(node.outputs)} = ${node.qualifiedType}(${names(node.inputs)})${list}${label}`, ...nested];
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'float':
    case 'int':
      return String(attribute.value);
    case 'string':
      return JSON.stringify(attribute.value);
    case 'tensor':
      return tensorType(attribute.value);
    case 'graph':
      return '<graph>';
    case 'floats':
    case 'ints':
      return list(attribute.value.map(String));
    case 'strings':
      return list(attribute.value.map(value => JSON.stringify(value)));
    case 'graphs':
      return `<${attribute.value.length} graphs>`;
    case 'opaque':
      return '<opaque>';
  }
}

function list(items: readonly string[]): string {
  return items.length <= LIST_SHOWN
    ? `[${items.join(',')}]`
    : `[${items.slice(0, LIST_SHOWN).join(',')},... ${items.length} in all]`;
}

function typed(value: Value): string {
  const type = value.type;
  if (!type) return value.name;
  if (type.kind === 'opaque') return `${value.name}: <opaque>`;
  return `${value.name}: ${type.dtype}${type.dims ? `[${type.dims.map(dim => dim ?? '?').join(',')}]` : ''}`;
}

function tensorType(tensor: Tensor | undefined): string {
  return tensor ? `${tensor.dtype}[${tensor.dims.join(',')}]` : '<missing>';
}
