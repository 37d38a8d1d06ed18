/**
 * Brings values of If, Loop and Scan bodies out to the main graph, so that a run shows them.
 *
 *   If      one more output; the other branch gives an empty tensor, so only a branch that ran is seen
 *   Loop    one more carried value, to which every turn appends its elements, so that shapes may differ from turn to turn
 *   Scan    one more scan output, stacked
 *
 * Invariant: what the model computes stays as it was, and its outputs keep their places. Elements come out in the order
 * of the runs; the shape of what comes out of a Loop is one axis.
 * https://onnx.ai/onnx/operators/onnx__Loop.html, https://onnx.ai/onnx/operators/onnx__Scan.html
 */
import { lookup } from '../../registry.ts';
import { tensorOf } from '../tensor/tensor.ts';
import { intAttribute, intsAttribute } from './attribute.ts';
import { addInitializer } from './edit.ts';
import type { Graph } from './graph.ts';
import type { Model } from './model.ts';
import { Names } from './names.ts';
import { Node } from './node.ts';
import { Value } from './value.ts';
import { subgraphsOf, walkGraphs } from './walk.ts';

interface Place {
  /** The node that holds the graph, in `outer`. */
  readonly holder: Node;
  readonly outer: Graph;
}

/** The main graph and the bodies whose values can be brought out, outermost first. */
export function visibleGraphs(root: Graph): readonly Graph[] {
  const places = placesOf(root);
  return [...walkGraphs(root)].filter(graph => {
    for (let at = places.get(graph); at; at = places.get(at.outer))
      if (!lookup(LIFTS, at.holder.qualifiedType)) return false;
    return true;
  });
}

/** Edits the model in place. @param names of float32 values inside bodies; by name, the value of the main graph that shows it */
export function liftValues(model: Model, names: ReadonlySet<string>): ReadonlyMap<string, Value> {
  const places = placesOf(model.graph);
  const tools = toolsOf(model.graph);
  const lifted = new Map<string, Value>();
  for (const graph of visibleGraphs(model.graph)) {
    if (graph === model.graph) continue;
    const values = [...graph.inputs, ...graph.nodes.flatMap(node => node.outputs)];
    for (const value of values) {
      if (!value || !names.has(value.name) || lifted.has(value.name)) continue;
      let shown = value;
      let at = graph;
      for (let place = places.get(at); place; place = places.get(at)) {
        shown = lookup(LIFTS, place.holder.qualifiedType)!({ ...place, graph: at, value: shown, tools });
        at = place.outer;
      }
      lifted.set(value.name, shown);
    }
  }
  return lifted;
}

function placesOf(root: Graph): ReadonlyMap<Graph, Place> {
  const places = new Map<Graph, Place>();
  for (const outer of walkGraphs(root))
    for (const holder of outer.nodes)
      for (const graph of subgraphsOf(holder)) places.set(graph, { holder, outer });
  return places;
}

interface Tools {
  /** A new float32 value of any shape. */
  fresh(wish: string, dims?: readonly undefined[]): Value;
  /** float32, shape [0]. */
  readonly empty: Value;
  /** int64 [-1]: the shape that flattens. */
  readonly flat: Value;
}

function toolsOf(root: Graph): Tools {
  const names = new Names(root);
  const add = (wish: string, tensor: ReturnType<typeof tensorOf>): Value =>
    addInitializer(root, names.value(wish), tensor);
  return {
    fresh: (wish, dims) => new Value(names.value(wish), { kind: 'tensor', dtype: 'float32', dims }),
    empty: add('nothing', tensorOf('float32', [0], new Float32Array(0))),
    flat: add('flat', tensorOf('int64', [1], BigInt64Array.of(-1n))),
  };
}

interface Lift extends Place {
  readonly graph: Graph;
  readonly value: Value;
  readonly tools: Tools;
}

/** Each gives the value of the outer graph that shows the inner one. */
const LIFTS: Readonly<Record<string, (lift: Lift) => Value>> = {
  If({ holder, graph, value, tools }) {
    for (const branch of subgraphsOf(holder))
      branch.outputs.push(copy(branch, branch === graph ? value : tools.empty, tools));
    return appendOutput(holder, tools.fresh(`${value.name}_seen`));
  },
  Loop({ holder, graph, value, tools }) {
    // Inputs: trip count, condition, carried values. Outputs of the body: condition, carried values, scan outputs.
    const carried = Math.max(holder.inputs.length - 2, 0);
    const before = tools.fresh(`${value.name}_before`, [undefined]);
    const elements = tools.fresh(`${value.name}_flat`, [undefined]);
    const after = tools.fresh(`${value.name}_after`, [undefined]);
    graph.inputs.push(before);
    graph.nodes.push(
      new Node({ opType: 'Reshape', inputs: [value, tools.flat], outputs: [elements] }),
      new Node({
        opType: 'Concat',
        inputs: [before, elements],
        outputs: [after],
        attributes: { axis: intAttribute(0) },
      }),
    );
    graph.outputs.splice(1 + carried, 0, after);
    holder.setInput(2 + carried, tools.empty);
    const seen = tools.fresh(`${value.name}_seen`, [undefined]);
    const outputs = Array.from(
      { length: Math.max(holder.outputs.length, carried) },
      (_, i) => holder.outputs[i],
    );
    outputs.splice(carried, 0, seen);
    outputs.forEach((output, index) => {
      holder.setOutput(index, output);
    });
    return seen;
  },
  Scan({ holder, graph, value, tools }) {
    graph.outputs.push(copy(graph, value, tools));
    for (const name of ['scan_output_axes', 'scan_output_directions']) {
      const given = holder.ints(name);
      if (given) holder.attributes.set(name, intsAttribute([...given, 0]));
    }
    // A Scan that leaves trailing outputs out still has them in its body.
    const index = graph.outputs.length - 1;
    const seen = tools.fresh(`${value.name}_seen`);
    holder.setOutput(index, seen);
    return seen;
  },
};

/** An output of its own: a value may be an output already, or belong to an outer graph. */
function copy(graph: Graph, value: Value, tools: Tools): Value {
  const output = tools.fresh(`${value.name}_copy`);
  graph.nodes.push(new Node({ opType: 'Identity', inputs: [value], outputs: [output] }));
  return output;
}

function appendOutput(node: Node, value: Value): Value {
  node.setOutput(node.outputs.length, value);
  return value;
}
