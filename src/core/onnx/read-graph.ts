/**
 * GraphProto to Graph: names become objects.
 *
 * Invariant: each name has one definition in its graph; a nested graph sees the names of those around it. Nodes may
 * stand in any order here, validate() and sortGraph() look after it.
 */
import { BitpressError } from '../../errors.ts';
import type { Attribute } from '../ir/attribute.ts';
import { Graph } from '../ir/graph.ts';
import { Node } from '../ir/node.ts';
import { Value } from '../ir/value.ts';
import { readAttribute } from './attribute-proto.ts';
import { scanCarried } from './carried.ts';
import { Kept, KeptGraph, KeptValue } from './kept.ts';
import { Message } from './message.ts';
import { checkDepth, invalidNode, type ReadContext, spendNode } from './read-context.ts';
import { GRAPH, NODE, SPARSE_TENSOR, TENSOR } from './schema.ts';
import { readTensor } from './tensor-proto.ts';
import { applyValueInfo, readValueInfo } from './value-info.ts';

interface Scope {
  readonly values: Map<string, Value>;
  readonly outer: Scope | undefined;
}

const NOT_KEPT: readonly number[] = Object.values(GRAPH).filter(number => number !== GRAPH.name);
const NODE_NOT_KEPT: readonly number[] = [NODE.input, NODE.output, NODE.attribute];

export function readGraph(
  bytes: Uint8Array,
  outer: Scope | undefined,
  context: ReadContext,
  depth: number,
): Graph {
  const message = new Message(bytes, 'graph', context.budget);
  const graph = new Graph(message.string(GRAPH.name));
  const scope: Scope = { values: new Map(), outer };
  readInputs(message, graph, scope);
  readInitializers(message, graph, scope, context);
  readSparse(message, graph, scope, context);
  readNodes(message, graph, scope, context, depth);
  for (const field of message.all(GRAPH.output)) {
    const { name, info } = readValueInfo(message.payload(field), context.budget);
    const value = find(scope, name);
    if (!value) throw invalid(graph, `the output "${name}" is not defined`);
    applyValueInfo(value, 'output', info);
    graph.outputs.push(value);
  }
  const { names, dangling } = readInfos(message, scope, context);
  const fields = message.fields.filter(field => !NOT_KEPT.includes(field.number));
  graph.wire = new KeptGraph(fields, names, dangling);
  return graph;
}

function readInputs(message: Message, graph: Graph, scope: Scope): void {
  for (const field of message.all(GRAPH.input)) {
    const { name, info } = readValueInfo(message.payload(field), message.budget);
    const value = declare(scope, name, graph, 'input');
    applyValueInfo(value, 'input', info);
    graph.inputs.push(value);
  }
}

function readInitializers(message: Message, graph: Graph, scope: Scope, context: ReadContext): void {
  for (const field of message.all(GRAPH.initializer)) {
    const { name, tensor } = readTensor(message.payload(field), 'graph', context.budget, context.files);
    const given = scope.values.get(name);
    if (given?.initializer) throw invalid(graph, `the initializer "${name}" is defined twice`);
    const value = given ?? declare(scope, name, graph, 'initializer');
    value.initializer = tensor;
    graph.initializers.push(value);
  }
}

function readSparse(message: Message, graph: Graph, scope: Scope, context: ReadContext): void {
  for (const field of message.all(GRAPH.sparseInitializer)) {
    const bytes = message.payload(field);
    scanCarried(bytes, 'sparse', context);
    const values = new Message(bytes, 'sparse initializer', context.budget).single(SPARSE_TENSOR.values);
    const name = values ? new Message(values, 'sparse initializer', context.budget).string(TENSOR.name) : '';
    const value = declare(scope, name, graph, 'sparse initializer');
    const kept = new KeptValue();
    kept.sparse = field.record;
    value.wire = kept;
    graph.sparseInitializers.push(value);
  }
}

/** Outputs first, so that a node may read what stands after it. */
function readNodes(message: Message, graph: Graph, scope: Scope, context: ReadContext, depth: number): void {
  const nodes = message.all(GRAPH.node).map((field, index) => {
    spendNode(context);
    const node = new Message(message.payload(field), `node ${index}`, context.budget);
    const label = node.string(NODE.name) || `${node.string(NODE.opType)}#${index}`;
    const outputs = node.strings(NODE.output).map(name => {
      if (name === '') return undefined;
      if (scope.values.has(name)) throw invalidNode(label, `defines "${name}", which is defined already`);
      const value = new Value(name);
      scope.values.set(name, value);
      return value;
    });
    return { node, label, outputs };
  });
  for (const { node, label, outputs } of nodes)
    graph.nodes.push(readNode(node, label, outputs, scope, context, depth));
}

function readNode(
  message: Message,
  label: string,
  outputs: readonly (Value | undefined)[],
  scope: Scope,
  context: ReadContext,
  depth: number,
): Node {
  const inputs = message.strings(NODE.input).map((name, index) => {
    const value = name === '' ? undefined : find(scope, name);
    if (!value && name !== '')
      throw invalidNode(label, `reads "${name}" as input ${index}, which nothing defines`);
    return value;
  });
  const domain = message.string(NODE.domain);
  const node = new Node({
    opType: message.string(NODE.opType),
    domain: domain === 'ai.onnx' ? '' : domain,
    name: message.string(NODE.name),
    inputs,
    outputs,
  });
  if (node.opType === '') throw invalidNode(label, 'has no op_type');
  for (const field of message.all(NODE.attribute)) {
    const { name, attribute } = readAttribute(message.payload(field), label, context, bytes => {
      checkDepth(context, depth + 1, label);
      return readGraph(bytes, scope, context, depth + 1);
    });
    setAttribute(node, label, name, attribute);
  }
  node.wire = new Kept(message.fields.filter(field => !NODE_NOT_KEPT.includes(field.number)));
  return node;
}

function setAttribute(node: Node, label: string, name: string, attribute: Attribute): void {
  if (node.attributes.has(name)) throw invalidNode(label, `has the attribute "${name}" twice`);
  node.attributes.set(name, attribute);
}

/** `value_info` speaks of values in between; names without a value (left over by some tools) are set aside. */
function readInfos(
  message: Message,
  scope: Scope,
  context: ReadContext,
): { names: readonly string[]; dangling: ReadonlyMap<string, Uint8Array> } {
  const names: string[] = [];
  const dangling = new Map<string, Uint8Array>();
  for (const field of message.all(GRAPH.valueInfo)) {
    const { name, info } = readValueInfo(message.payload(field), context.budget);
    const value = scope.values.get(name);
    names.push(name);
    if (value) applyValueInfo(value, 'valueInfo', info);
    else dangling.set(name, field.record);
  }
  return { names, dangling };
}

function declare(scope: Scope, name: string, graph: Graph, what: string): Value {
  if (name === '') throw invalid(graph, `an ${what} has no name`);
  if (scope.values.has(name)) throw invalid(graph, `the ${what} "${name}" is defined twice`);
  const value = new Value(name);
  scope.values.set(name, value);
  return value;
}

function find(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.values.get(name);
    if (value) return value;
  }
  return undefined;
}

function invalid(graph: Graph, what: string): BitpressError {
  return new BitpressError('model_invalid', `graph "${graph.name}": ${what}`, { field: 'graph' });
}
