/**
 * Plan of bfloat16: which constants are stored in it. The computation stays float32.
 *
 * Why storage alone: onnxruntime's CPU provider moves and casts bfloat16 but has no Conv, MatMul, Gemm, Add or Softmax in
 * it, and unlike float16 it puts no casts around what it lacks, so a model that computed in bfloat16 would not load.
 *
 * Invariant: a decision's `inputs` are the constants that change; no other input and no output does. Positions, counts
 * and scales of resizing stay exact: 8 bits would change shapes.
 */
import { lookup } from '../../registry.ts';
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import { walkGraphs, walkNodes } from '../ir/walk.ts';
import { MAX_BFLOAT16 } from '../tensor/bfloat16.ts';
import { elementCount } from '../tensor/tensor.ts';
import { ClampedConstants } from './clamped-constants.ts';
import type { NodeFilter } from './node-filter.ts';
import type { FloatReason, NodeDecision, QuantPlan } from './plan.ts';

/** Below it the Cast that stands behind a constant takes more bytes than are saved. */
const MIN_ELEMENTS = 64;

/** Inputs that are positions, counts or factors of a shape. */
const EXACT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  GridSample: [1],
  MaxRoiPool: [1],
  Resize: [1, 2],
  RoiAlign: [1],
  Upsample: [1],
};

export function planBfloat16(model: Model, filter: NodeFilter): QuantPlan {
  // A caller may give these values of their own.
  const inputs = new Set([...walkGraphs(model.graph)].flatMap(graph => graph.inputs));
  const nodes = new Map<string, NodeDecision>();
  const clamped = new ClampedConstants('bfloat16', MAX_BFLOAT16);
  for (const { node } of walkNodes(model.graph)) {
    const constants = node.inputs.flatMap((value, index) =>
      value?.initializer?.dtype === 'float32' && !inputs.has(value)
        ? [{ index, name: value.name, tensor: value.initializer }]
        : [],
    );
    const stored = constants.filter(
      ({ index, tensor }) =>
        elementCount(tensor.dims) >= MIN_ELEMENTS && !lookup(EXACT_INPUTS, node.opType)?.includes(index),
    );
    const reason = filter(node) ?? (stored.length === 0 ? declined(node, constants.length) : undefined);
    nodes.set(
      node.name,
      reason
        ? { action: 'float', reason }
        : { action: 'quantize', inputs: stored.map(({ index }) => index), outputs: [], weights: new Map() },
    );
    if (!reason) for (const { name, tensor } of stored) clamped.see(name, tensor);
  }
  return { activations: new Map(), nodes, notes: clamped.notes() };
}

function declined(node: Node, constants: number): FloatReason {
  if (constants === 0) return { code: 'not_float', text: 'it reads no float32 constant' };
  return lookup(EXACT_INPUTS, node.opType)
    ? {
        code: 'operator_not_supported',
        text: `the constants of ${node.opType} are positions or factors of a shape`,
      }
    : { code: 'no_gain', text: `its constants have fewer than ${MIN_ELEMENTS} elements` };
}
