/**
 * How scales of channels may move through a graph: every value is seen as s * (value / s), with one positive s for each
 * class of channels. Who writes a channel divides by its s, who reads it multiplies by it:
 *
 *   weight'[i -> o] = weight[i -> o] * s_i / s_o          constant' = constant * s_in / s_out
 *
 * Invariant: whatever s is (1 on frozen classes), the graph with these weights and constants computes what it did.
 */
import { lookup } from '../../../../registry.ts';
import { isGraphOutput } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';
import type { Node } from '../../../ir/node.ts';
import { ChannelClasses, type Channels } from './channel-classes.ts';
import { RULES } from './rules.ts';
import type { WeightView } from './weight-view.ts';

export interface WeightLink {
  readonly view: WeightView;
  readonly reads: Channels;
  readonly writes: Channels;
}

/** A constant beside the weights that scales go into: a bias, a summand, a factor, a normalization's scale. */
export interface ConstantLink {
  readonly node: Node;
  readonly input: number;
  /** The channels' axis, counted from the end of the written value's shape: 1 is the last. */
  readonly fromEnd: number;
  readonly writes: Channels;
  /** Only for a factor. */
  readonly reads?: Channels;
}

export interface ChannelGraph {
  readonly classes: ChannelClasses;
  readonly weights: readonly WeightLink[];
  readonly constants: readonly ConstantLink[];
}

export function channelGraph(graph: Graph): ChannelGraph {
  const classes = new ChannelClasses();
  const weights: WeightLink[] = [];
  const constants: ConstantLink[] = [];
  for (const value of graph.inputs) classes.freeze(value, 'it is an input of the graph');
  for (const node of graph.nodes) {
    const rule = lookup(RULES, node.qualifiedType);
    const reason = rule ? rule(node, { graph, classes, weights, constants }) : cannot(node);
    if (reason === undefined) continue;
    for (const value of [...node.inputs, ...node.outputs]) if (value) classes.freeze(value, reason);
  }
  const nodes = new Set(graph.nodes);
  for (const value of graph.nodes.flatMap(node => node.outputs)) {
    if (!value) continue;
    if (isGraphOutput(graph, value)) classes.freeze(value, 'it is an output of the graph');
    if ([...value.uses].some(use => !nodes.has(use.node))) classes.freeze(value, 'a subgraph reads it');
  }
  return { classes, weights, constants };
}

const cannot = (node: Node): string => `${node.qualifiedType} does not let a scale through`;
