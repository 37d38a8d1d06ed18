/**
 * Writes a plan with operators that compute on codes themselves (QLinearConv, QLinearMatMul, QGemm, QLinearAdd, ...).
 *
 * The QDQ form of the plan is written first; then every operator that has an integer twin for its types is replaced
 * together with the conversions around it. So both forms hold the same codes and parameters, and an operator without a
 * twin stays between its DequantizeLinear and QuantizeLinear.
 *
 * Invariant: as qdq.ts; values keep their names.
 * https://onnx.ai/onnx/operators/onnx__QLinearConv.html
 */
import { lookup } from '../../../registry.ts';
import type { Attribute } from '../../ir/attribute.ts';
import { detachNode, isGraphOutput } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import { walkGraphs } from '../../ir/walk.ts';
import type { QuantPlan } from '../plan.ts';
import { Constants } from './constants.ts';
import { CONTRIB, CONTRIB_VERSION } from './contrib.ts';
import { lowerToQdq } from './qdq.ts';
import { ELEMENTWISE } from './qoperator/elementwise.ts';
import { MOVEMENT } from './qoperator/movement.ts';
import { POOLING } from './qoperator/pooling.ts';
import { PRODUCTS } from './qoperator/products.ts';
import { type MakeTwin, quantizerOf, type Site, siteOf, type Twin } from './qoperator/site.ts';

const TWINS: Readonly<Record<string, MakeTwin>> = { ...PRODUCTS, ...ELEMENTWISE, ...POOLING, ...MOVEMENT };

export function lowerToQOperator(model: Model, plan: QuantPlan): void {
  lowerToQdq(model, plan);
  const constants = new Constants(model.graph, new Names(model.graph));
  for (const graph of walkGraphs(model.graph)) {
    const replaced = new Map<Node, Node | undefined>();
    for (const node of graph.nodes) {
      if (plan.nodes.get(node.name)?.action !== 'quantize') continue;
      const site = siteOf(graph, node, constants);
      const twin = lookup(TWINS, node.qualifiedType)?.(site);
      if (!twin) continue;
      replace(graph, site, twin, replaced);
      if (twin.domain === CONTRIB) model.opsetImports.set(CONTRIB, CONTRIB_VERSION);
    }
    const kept = graph.nodes.flatMap(node => (replaced.has(node) ? (replaced.get(node) ?? []) : [node]));
    graph.nodes.splice(0, graph.nodes.length, ...kept);
    removeUnread(graph);
    removeUnusedInitializers(graph);
  }
}

/** Notes in `replaced` what stands in the node's place, and that its quantizers are gone. */
function replace(
  graph: Graph,
  { node, outputs }: Site,
  twin: Twin,
  replaced: Map<Node, Node | undefined>,
): void {
  const results = outputs.map((output, index) => output?.codes ?? node.outputs[index]);
  for (const value of node.outputs) {
    const quantizer = value && quantizerOf(graph, value);
    if (!quantizer) continue;
    detachNode(quantizer);
    replaced.set(quantizer, undefined);
  }
  const attributes = Object.fromEntries(
    [...node.attributes].filter(([name]) => twin.attributes?.includes(name) ?? true),
  ) satisfies Record<string, Attribute>;
  detachNode(node);
  const { opType, domain, inputs } = twin;
  replaced.set(node, new Node({ opType, domain, name: node.name, inputs, outputs: results, attributes }));
}

/** Dequantizers whose readers all read the codes now. */
function removeUnread(graph: Graph): void {
  const isUnread = (node: Node): boolean =>
    node.opType === 'DequantizeLinear' &&
    node.outputs.every(value => !value || (value.uses.size === 0 && !isGraphOutput(graph, value)));
  const unread = new Set(graph.nodes.filter(isUnread));
  for (const node of unread) detachNode(node);
  const kept = graph.nodes.filter(node => !unread.has(node));
  graph.nodes.splice(0, graph.nodes.length, ...kept);
}
