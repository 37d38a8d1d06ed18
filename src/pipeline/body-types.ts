/**
 * Types and shapes of what If, Loop and Scan bodies compute, as far as the runtime infers them: it tells them for a main graph
 * alone, so each body is shown to it as one, with what it reads from outside as inputs.
 *
 * Invariant: no shape that holds for some turns only. A state of a Loop may change its shape from turn to turn, so that it has
 * an element type alone; a Scan's may not. Of a body that the runtime does not read by itself nothing is said.
 */
import { bodyLayout } from '../core/ir/body-layout.ts';
import { Graph } from '../core/ir/graph.ts';
import { Model } from '../core/ir/model.ts';
import type { Node } from '../core/ir/node.ts';
import { type Dim, Value, type ValueType } from '../core/ir/value.ts';
import { subgraphsOf, walkGraphs, walkNodes } from '../core/ir/walk.ts';
import { isBitpressError } from '../errors.ts';
import type { Ports } from './ports.ts';
import { signatureOf, typesByName } from './signature.ts';

type Types = ReadonlyMap<string, ValueType>;

/**
 * @param outer types of the main graph's values, by name
 * @param path of files that are written for it: each gets a number
 * @returns of values inside bodies, by name
 */
export async function inferBodyTypes(model: Model, outer: Types, path: string, ports: Ports): Promise<Types> {
  const found = new Map<string, ValueType>();
  let shown = 0;
  const typeOf: TypeOf = value =>
    value && (found.get(value.name) ?? outer.get(value.name) ?? value.type ?? constantType(value));
  // Outer graphs come first: what a body captures is typed when its turn comes.
  for (const { node: holder } of walkNodes(model.graph)) {
    const layout = bodyLayout(holder);
    for (const body of layout ? subgraphsOf(holder) : []) {
      for (const input of body.inputs) {
        const type = inputType(input, body, holder, typeOf) ?? input.type;
        if (type) found.set(input.name, type);
      }
      const apart = standAlone(body, model, typeOf);
      if (!apart) continue;
      const { outputs } = await signatureOf(apart, results(body), `${path}.body-${shown++}`, ports).catch(
        error => {
          if (isBitpressError(error)) return { outputs: [] };
          throw error;
        },
      );
      for (const [name, type] of typesByName(outputs)) found.set(name, type);
    }
  }
  return found;
}

type TypeOf = (value: Value | undefined) => ValueType | undefined;

const constantType = ({ initializer }: Value): ValueType | undefined =>
  initializer && { kind: 'tensor', dtype: initializer.dtype, dims: initializer.dims };

const results = ({ nodes }: Graph): readonly Value[] =>
  nodes.flatMap(node => node.outputs).filter(value => value !== undefined);

/** Of the turn and the condition, where the file says nothing. */
const TURN: readonly ValueType[] = [
  { kind: 'tensor', dtype: 'int64', dims: [] },
  { kind: 'tensor', dtype: 'bool', dims: [] },
];

function inputType(input: Value, body: Graph, holder: Node, typeOf: TypeOf): ValueType | undefined {
  const layout = bodyLayout(holder);
  const index = body.inputs.indexOf(input);
  if (index < (layout?.inputs ?? 0)) return input.type ?? TURN[index];
  const outside = typeOf(holder.inputs[index]);
  // A Scan of opset 8 reads the lengths of its sequences in front.
  if (!layout || holder.inputs.length !== body.inputs.length) return undefined;
  if (outside?.kind !== 'tensor') return undefined;
  if (holder.qualifiedType !== 'Scan') return { ...outside, dims: undefined };
  const row = index - layout.states(holder, body);
  return row < 0 ? outside : { ...outside, dims: outside.dims && without(outside.dims, axisOf(holder, row)) };
}

const axisOf = (scan: Node, row: number): number => scan.ints('scan_input_axes')?.[row] ?? 0;

const without = (dims: readonly Dim[], axis: number): readonly Dim[] =>
  dims.filter((_, at) => at !== (axis < 0 ? axis + dims.length : axis));

/** The body as a model; undefined where the type of something that it reads is not known. */
function standAlone(
  body: Graph,
  { graph, irVersion, opsetImports, functions }: Model,
  typeOf: TypeOf,
): Model | undefined {
  const given = new Set(graph.inputs);
  const apart = new Graph(graph.name);
  apart.nodes.push(...body.nodes);
  apart.initializers.push(...body.initializers);
  apart.sparseInitializers.push(...body.sparseInitializers);
  for (const value of [...body.inputs, ...captured(body)]) {
    // What a caller may override is no constant.
    if (value.initializer && !given.has(value)) apart.initializers.push(value);
    else apart.inputs.push(new Value(value.name, typeOf(value)));
  }
  if (apart.inputs.some(({ type }) => type === undefined)) return undefined;
  const model = new Model(apart, irVersion, opsetImports);
  model.functions = functions;
  return model;
}

/** What the body and the bodies in it read of outer graphs. */
function captured(body: Graph): readonly Value[] {
  const read = new Set<Value>();
  const own = new Set<Value>();
  for (const { inputs, initializers, sparseInitializers, nodes, outputs } of walkGraphs(body)) {
    for (const value of [...inputs, ...initializers, ...sparseInitializers]) own.add(value);
    for (const node of nodes) {
      for (const value of node.inputs) if (value) read.add(value);
      for (const value of node.outputs) if (value) own.add(value);
    }
    for (const value of outputs) read.add(value);
  }
  return [...read].filter(value => !own.has(value));
}
