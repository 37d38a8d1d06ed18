/**
 * The rules a model obeys between passes and before it is written. Every rule is about the graph as objects; what an
 * operator accepts is onnxruntime's to say.
 *
 *   - each value has one definition: a graph input, an initializer or one node's output (an initializer may be an input)
 *   - each name leads to the value that bears it, seen from every reader (ONNX IR, "Names Within a Graph")
 *   - a node reads only what stands before it, in its graph or an outer one (topological order)
 *   - producers and uses agree with the nodes' lists, also for nodes that were taken out
 *   - each graph output is defined; each operator domain is imported
 *
 * Node names may repeat or be empty here, as in many exported files; the plan's pass makes them unique.
 */
import { BitpressError } from '../../errors.ts';
import type { Graph } from './graph.ts';
import type { Model } from './model.ts';
import type { Node } from './node.ts';
import type { Value } from './value.ts';
import { subgraphsOf, walkNodes } from './walk.ts';

interface Scope {
  readonly byName: Map<string, Value>;
  readonly outer: Scope | undefined;
}

interface Visit {
  readonly model: Model;
  /** Nodes that are in the model, for finding uses by nodes that are not. */
  readonly members: ReadonlySet<Node>;
  /** How often each value is read, as the nodes say; `uses` must say the same. */
  readonly reads: ReadonlyMap<Value, number>;
  readonly defined: Set<Value>;
}

/** @throws BitpressError model_invalid naming the node and the value. */
export function validate(model: Model): void {
  const members = new Set<Node>();
  const reads = new Map<Value, number>();
  for (const { node } of walkNodes(model.graph)) {
    if (members.has(node)) throw invalid('stands twice in the model', node);
    members.add(node);
    for (const input of node.inputs) if (input) reads.set(input, (reads.get(input) ?? 0) + 1);
  }
  checkGraph(model.graph, undefined, { model, members, reads, defined: new Set() });
}

function checkGraph(graph: Graph, outer: Scope | undefined, visit: Visit): void {
  const scope: Scope = { byName: new Map(), outer };
  const inputs = new Set(graph.inputs);
  for (const value of graph.inputs) define(value, undefined, scope, visit);
  for (const value of graph.initializers) {
    if (!value.initializer) throw invalid(`the initializer "${value.name}" has no tensor`);
    if (!inputs.has(value)) define(value, undefined, scope, visit);
  }
  for (const value of graph.sparseInitializers) define(value, undefined, scope, visit);
  if (new Set(graph.initializers).size < graph.initializers.length)
    throw invalid(`an initializer of graph "${graph.name}" is listed twice`);

  for (const node of graph.nodes) {
    checkNode(node, scope, visit);
    for (const subgraph of subgraphsOf(node)) checkGraph(subgraph, scope, visit);
    for (const output of node.outputs) if (output) define(output, node, scope, visit);
  }
  for (const output of graph.outputs)
    if (resolve(scope, output.name) !== output)
      throw invalid(`the output "${output.name}" of graph "${graph.name}" is not defined by it`);
}

function checkNode(node: Node, scope: Scope, { model }: Visit): void {
  if (node.opType === '') throw invalid('has no operator type', node);
  if (node.domain !== '' && !model.opsetImports.has(node.domain))
    throw invalid(`the domain "${node.domain}" is not among the model's opset imports`, node);
  node.inputs.forEach((input, index) => {
    if (!input) return;
    const found = resolve(scope, input.name);
    if (found !== input) {
      const why = found ? 'that name belongs to another value' : 'nothing before the node defines it';
      throw invalid(`input ${index} is "${input.name}", but ${why}`, node);
    }
  });
}

function define(
  value: Value,
  producer: Node | undefined,
  scope: Scope,
  { members, reads, defined }: Visit,
): void {
  if (value.name === '') throw invalid('a value has no name', producer);
  if (defined.has(value) || scope.byName.has(value.name))
    throw invalid(`the value "${value.name}" is defined twice`, producer);
  if (value.producer !== producer)
    throw invalid(`the value "${value.name}" names another producer`, producer);
  for (const use of value.uses)
    if (use.node.inputs[use.index] !== value || !members.has(use.node))
      throw invalid(`the value "${value.name}" lists a use that does not exist`, use.node);
  if (value.uses.size !== (reads.get(value) ?? 0))
    throw invalid(`the value "${value.name}" does not list all its uses`, producer);
  defined.add(value);
  scope.byName.set(value.name, value);
}

function resolve(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.byName.get(name);
    if (value) return value;
  }
  return undefined;
}

function invalid(what: string, node?: Node): BitpressError {
  const where = node ? `node "${node.name}" (${node.qualifiedType}): ` : '';
  return new BitpressError('model_invalid', where + what, node ? { node: node.name } : {});
}
