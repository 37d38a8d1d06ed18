/**
 * Where the values of an If, Loop or Scan stand in its bodies.
 *
 *   If      ()                              to  (result...)
 *   Loop    (turn, condition, state...)     to  (condition, state..., scans...)
 *   Scan    (state..., rows...)             to  (state..., scans...)
 *
 * https://onnx.ai/onnx/operators/onnx__If.html, onnx__Loop.html, onnx__Scan.html
 */
import { lookup } from '../../registry.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';

export interface BodyLayout {
  /** Position of the first state among the inputs, of the node and of its body alike. */
  readonly inputs: number;
  /** Among the outputs of the body; those of the node begin with the states. */
  readonly outputs: number;
  /** How many values a turn hands on to the next. */
  states(holder: Node, body: Graph): number;
}

const LAYOUTS: Readonly<Record<string, BodyLayout>> = {
  If: { inputs: 0, outputs: 0, states: () => 0 },
  Loop: { inputs: 2, outputs: 1, states: (_, body) => Math.max(body.inputs.length - 2, 0) },
  Scan: {
    inputs: 0,
    outputs: 0,
    states: (holder, body) => Math.max(body.inputs.length - holder.int('num_scan_inputs', 0), 0),
  },
};

/** Undefined for other operators, whatever graphs they hold. */
export const bodyLayout = (holder: Node): BodyLayout | undefined => lookup(LAYOUTS, holder.qualifiedType);
