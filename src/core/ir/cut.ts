/**
 * Cuts a graph into consecutive pieces of bounded weight, each of which can be run by itself: what a piece reads of
 * earlier ones is fed to it.
 *
 * A piece ends where few values cross to later pieces, which is between the layers of a network, so that what a runtime
 * fuses stays together. Nodes that depend on constants alone belong to every piece that reads them.
 *
 * Invariant: the pieces hold every node that stands for a run, in its order; a value is given by one piece and read by
 * later ones; a node is in one piece with its bodies. A piece exceeds the bound only where one node does, or where a
 * value that cannot cross leaves no place to cut.
 */
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import type { Value } from './value.ts';
import { subgraphsOf, walkGraphs } from './walk.ts';

export interface Piece {
  readonly nodes: readonly Node[];
  /** Inputs of the graph that it reads, and outputs of earlier pieces. */
  readonly reads: readonly Value[];
  /** Outputs of the graph, and what later pieces read. */
  readonly gives: readonly Value[];
  readonly initializers: readonly Value[];
  readonly sparseInitializers: readonly Value[];
  /** Of its initializers. */
  readonly bytes: number;
}

export interface CutOptions {
  /** Bytes of initializers in one piece. */
  readonly bytes: number;
  /** Whether a value may be taken from one piece to the next. */
  readonly canCross: (value: Value) => boolean;
}

/** Where there is room a piece is cut at its narrowest place behind this share of its bound. */
const EARLIEST_SHARE = 0.5;

/** Another run of these gives something else. */
const RANDOM = /^(Random|Bernoulli$|Multinomial$|Dropout$)/;

/** @param graph sorted, as `validate` demands */
export function cutGraph(graph: Graph, options: CutOptions): readonly Piece[] {
  const layout = layOut(graph);
  const pieces: Piece[] = [];
  for (let from = 0; from < layout.nodes.length; ) {
    const to = endOfPiece(layout, from, options);
    pieces.push(pieceOf(layout, from, to, graph));
    from = to;
  }
  return pieces;
}

interface Layout {
  /** Those that are run once: all but what depends on constants alone. */
  readonly nodes: readonly Node[];
  /** Values of the graph that each of them reads, in order and once. */
  readonly reads: readonly (readonly Value[])[];
  /** Position of the last of the nodes that reads a value. */
  readonly lastRead: ReadonlyMap<Value, number>;
  readonly outputs: ReadonlySet<Value>;
  /** Nodes that depend on constants alone, with what they read. */
  readonly constants: ReadonlyMap<Node, readonly Value[]>;
}

function layOut(graph: Graph): Layout {
  const own = new Set<Value>([...graph.inputs, ...graph.initializers, ...graph.sparseInitializers]);
  for (const node of graph.nodes) for (const value of node.outputs) if (value) own.add(value);
  const given = new Set(graph.inputs);
  const outputs = new Set(graph.outputs);
  const constants = new Map<Node, readonly Value[]>();
  const isConstant = (value: Value): boolean =>
    value.producer ? constants.has(value.producer) : !given.has(value);
  const nodes: Node[] = [];
  const reads: (readonly Value[])[] = [];
  const lastRead = new Map<Value, number>();
  for (const node of graph.nodes) {
    const values = [...valuesRead(node)].filter(value => own.has(value));
    const plain = subgraphsOf(node).length === 0 && !RANDOM.test(node.opType);
    const shown = node.outputs.some(value => value && outputs.has(value));
    if (plain && !shown && values.every(isConstant)) constants.set(node, values);
    else {
      for (const value of values) lastRead.set(value, nodes.length);
      nodes.push(node);
      reads.push(values);
    }
  }
  return { nodes, reads, lastRead, outputs, constants };
}

/** Inputs, and everything that bodies mention: what they define themselves is among it. */
function valuesRead(node: Node): ReadonlySet<Value> {
  const values = new Set<Value>();
  const add = (list: readonly (Value | undefined)[]): void => {
    for (const value of list) if (value) values.add(value);
  };
  add(node.inputs);
  for (const body of subgraphsOf(node))
    for (const graph of walkGraphs(body)) {
      for (const inner of graph.nodes) add(inner.inputs);
      add(graph.outputs);
    }
  return values;
}

/** Position behind the last node of the piece that begins at `from`. */
function endOfPiece(layout: Layout, from: number, { bytes: most, canCross }: CutOptions): number {
  const { nodes, reads, lastRead } = layout;
  const held = new Set<Value>();
  const crossing = new Set<Value>();
  let bytes = 0;
  let best: { readonly at: number; readonly width: number; readonly isEarly: boolean } | undefined;
  for (let at = from; at < nodes.length; at++) {
    for (const value of constantsOf(layout, reads[at]!)) {
      if (held.has(value)) continue;
      held.add(value);
      bytes += value.initializer?.byteLength ?? 0;
    }
    if (bytes > most && best) return best.at;
    for (const value of nodes[at]!.outputs)
      if (value && (lastRead.get(value) ?? at) > at) crossing.add(value);
    for (const value of reads[at]!) if (lastRead.get(value) === at) crossing.delete(value);
    // What earlier pieces have given is kept outside already, wherever this one ends.
    if (![...crossing].every(canCross)) continue;
    const isEarly = bytes < most * EARLIEST_SHARE;
    if (!best || best.isEarly || crossing.size <= best.width)
      best = { at: at + 1, width: crossing.size, isEarly };
  }
  return nodes.length;
}

/** Initializers behind the values, also behind those that are computed from constants. */
function* constantsOf({ constants }: Layout, values: Iterable<Value>): Generator<Value> {
  const open = [...values];
  for (let value = open.pop(); value; value = open.pop()) {
    const inputs = value.producer && constants.get(value.producer);
    if (inputs) open.push(...inputs);
    else if (!value.producer) yield value;
  }
}

function pieceOf(layout: Layout, from: number, to: number, graph: Graph): Piece {
  const { nodes, reads, lastRead, outputs, constants } = layout;
  const read = new Set<Value>();
  const own = new Set(nodes.slice(from, to));
  const add = (values: readonly Value[]): void => {
    for (const value of values) {
      read.add(value);
      const producer = value.producer;
      const behind = producer && constants.get(producer);
      if (!producer || !behind || own.has(producer)) continue;
      own.add(producer);
      add(behind);
    }
  };
  for (let at = from; at < to; at++) add(reads[at]!);
  const gives = new Set<Value>();
  for (const node of nodes.slice(from, to))
    for (const value of node.outputs)
      if (value && (outputs.has(value) || (lastRead.get(value) ?? -1) >= to)) gives.add(value);
  // An output that no node makes is an input or a constant.
  if (to === nodes.length)
    for (const value of outputs)
      if (!value.producer) {
        read.add(value);
        gives.add(value);
      }
  const inputs = new Set(graph.inputs);
  const initializers = graph.initializers.filter(value => read.has(value));
  return {
    nodes: graph.nodes.filter(node => own.has(node)),
    reads: [...read].filter(value => inputs.has(value) || (value.producer && !own.has(value.producer))),
    gives: [...gives],
    initializers,
    sparseInitializers: graph.sparseInitializers.filter(value => read.has(value)),
    bytes: initializers.reduce((sum, { initializer }) => sum + (initializer?.byteLength ?? 0), 0),
  };
}
