/**
 * Chooses which nodes run on 8-bit values.
 *
 * The dot products (Conv, MatMul, Gemm) are where time and bytes go: they are taken wherever they can be. Every other
 * operator only joins where it lies between quantized neighbours, so that it saves a conversion instead of adding one:
 * the largest set of connectors such that each reads quantized values only and is read by a quantized node is found by
 * starting from all of them and taking out those that do not belong until nothing changes.
 *
 * Consequence: attention masks, scores before a Softmax, GELU chains and residual streams into a normalization stay
 * float without a rule that names them, while residual adds, poolings and concatenations of a CNN stay in 8 bits.
 *
 * Bodies of If, Loop and Scan take part; a connector joins nodes of its own graph only.
 */
import { isOnlyUse } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import { visibleGraphs } from '../../ir/lift.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { operatorSpec } from '../../ops/index.ts';
import { allInputs, type LinearSpec, type OperatorSpec } from '../../ops/operator.ts';
import type { NodeFilter } from '../node-filter.ts';
import type { FloatReason } from '../plan.ts';

export interface SelectedNode {
  readonly spec: Exclude<OperatorSpec, { role: 'float' }>;
  /** The graph that holds it: the main one or a body of If, Loop or Scan. */
  readonly graph: Graph;
  readonly inputs: readonly number[];
  /** Outputs that are quantized; empty where an integer kernel gives float results. */
  readonly outputs: readonly number[];
}

export interface Selection {
  readonly selected: ReadonlyMap<Node, SelectedNode>;
  readonly reasons: ReadonlyMap<Node, FloatReason>;
}

function isFloatActivation(value: Value | undefined): value is Value {
  return value !== undefined && value.initializer === undefined && value.dtype === 'float32';
}

export function selectNodes(root: Graph, filter: NodeFilter): Selection {
  const reasons = new Map<Node, FloatReason>();
  const linear = new Map<Node, LinearSpec>();
  const connectors = new Map<Node, Exclude<OperatorSpec, LinearSpec | { role: 'float' }>>();
  const homes = new Map(
    visibleGraphs(root).flatMap(graph => graph.nodes.map(node => [node, graph] as const)),
  );
  for (const node of homes.keys()) {
    const spec = operatorSpec(node);
    const reason = decline(node, spec) ?? declineCrossing(node, spec, homes) ?? filter(node);
    if (reason) reasons.set(node, reason);
    else if (spec?.role === 'linear') linear.set(node, spec);
    else if (spec && spec.role !== 'float') connectors.set(node, spec);
  }

  const isSelected = (node: Node): boolean => linear.has(node) || connectors.has(node);
  const inputsOf = (node: Node): readonly number[] => {
    const spec = linear.get(node);
    if (spec) return [spec.data, spec.weight];
    const connector = connectors.get(node);
    if (!connector) return [];
    return connector.role === 'clip' ? [0] : connector.inputs(node);
  };
  const isRead = (value: Value): boolean =>
    [...value.uses].some(use => isSelected(use.node) && inputsOf(use.node).includes(use.index));
  const isWritten = (value: Value): boolean => value.producer !== undefined && isSelected(value.producer);
  const mustQuantizeOutput = (node: Node): boolean => linear.get(node)?.floatOutput === false;

  const belongs = (node: Node): boolean => {
    const activations = inputsOf(node).flatMap(index => {
      const value = node.inputs[index];
      return value && !value.initializer ? [value] : [];
    });
    if (activations.length === 0 || !activations.every(isWritten)) return false;
    if (node.outputs.some(output => output && isRead(output))) return true;
    // A clip behind a convolution costs nothing: the quantizer of its output does the clipping.
    const [value] = activations;
    return (
      connectors.get(node)?.role === 'clip' &&
      value !== undefined &&
      mustQuantizeOutput(value.producer!) &&
      isOnlyUse(homes.get(node)!, value)
    );
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of [...connectors.keys()]) {
      if (belongs(node)) continue;
      connectors.delete(node);
      reasons.set(node, NO_GAIN);
      changed = true;
    }
  }

  const selected = new Map<Node, SelectedNode>();
  for (const [node, graph] of homes) {
    const spec = linear.get(node) ?? connectors.get(node);
    if (!spec) continue;
    const quantizesOutput =
      spec.role !== 'linear' || !spec.floatOutput || node.outputs.some(output => output && isRead(output));
    selected.set(node, {
      spec,
      graph,
      inputs: inputsOf(node),
      outputs: quantizesOutput ? node.outputs.flatMap((output, index) => (output ? [index] : [])) : [],
    });
  }
  return { selected, reasons };
}

/** The values that a chosen node reads and writes in codes; constants are no part of them. */
export function quantizedValues(node: Node, { inputs, outputs }: SelectedNode): readonly Value[] {
  const read = inputs.map(index => node.inputs[index]).filter(value => !value?.initializer);
  const written = outputs.map(index => node.outputs[index]);
  return [...read, ...written].filter(value => value !== undefined);
}

/** The chosen dot products with constant weights. */
export function weightedNodes({ selected }: Selection): readonly Node[] {
  return [...selected].flatMap(([node, { spec }]) =>
    spec.role === 'linear' && node.inputs[spec.weight]?.initializer ? [node] : [],
  );
}

const NO_GAIN: FloatReason = {
  code: 'no_gain',
  text: 'it does not lie between quantized nodes: quantizing it would only add conversions',
};

function decline(node: Node, spec: OperatorSpec | undefined): FloatReason | undefined {
  if (!spec) return { code: 'operator_not_supported', text: `${node.qualifiedType} has no 8-bit form here` };
  if (spec.role === 'float') return { code: 'operator_not_supported', text: spec.why };
  if (spec.role === 'linear') return declineLinear(node, spec) ?? spec.check?.(node);
  const inputs = spec.role === 'clip' ? [0] : spec.inputs(node);
  const takesConstants = spec.role === 'arithmetic';
  const isTaken = (value: Value | undefined): boolean =>
    value?.dtype === 'float32' && (takesConstants || !value.initializer);
  if (!inputs.every(index => isTaken(node.inputs[index])))
    return { code: 'not_float', text: 'it does not work on float32 values computed at run time' };
  return spec.role === 'clip' ? undefined : spec.check?.(node);
}

/** A connector shares parameters with its input, or takes its place: both must lie in one graph. */
function declineCrossing(
  node: Node,
  spec: OperatorSpec | undefined,
  homes: ReadonlyMap<Node, Graph>,
): FloatReason | undefined {
  if (spec?.role === 'linear') return undefined;
  const crosses = node.inputs.some(value => value?.producer && homes.get(value.producer) !== homes.get(node));
  return crosses ? NO_GAIN : undefined;
}

function declineLinear(node: Node, spec: LinearSpec): FloatReason | undefined {
  const data = node.inputs[spec.data];
  const weight = node.inputs[spec.weight];
  if (data?.dtype !== 'float32' || weight?.dtype !== 'float32')
    return { code: 'not_float', text: 'its inputs are not float32' };
  if (!allInputs(node).some(index => isFloatActivation(node.inputs[index])))
    return { code: 'not_float', text: 'it is computed from constants alone' };
  if (data.initializer && spec.bias !== undefined)
    return { code: 'not_float', text: 'its data input is a constant' };
  if (!weight.initializer && spec.bias !== undefined)
    return { code: 'dynamic_weight', text: 'its weights are computed at run time' };
  return undefined;
}
