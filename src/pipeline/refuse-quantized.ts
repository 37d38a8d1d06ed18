/** Refuses a model that already holds quantized operators: its float ranges are gone, and quantizing twice only loses. */
import type { Model } from '../core/ir/model.ts';
import type { Node } from '../core/ir/node.ts';
import { walkNodes } from '../core/ir/walk.ts';
import { BitpressError } from '../errors.ts';

const QUANTIZED =
  /^(QuantizeLinear|DequantizeLinear|DynamicQuantize\w*|QLinear\w+|QGemm|QAttention|\w+Integer(ToFloat)?|MatMulNBits|GatherBlockQuantized)$/;

/** The first quantized operator; undefined in a float model. */
export function quantizedNode(model: Model): Node | undefined {
  for (const { node } of walkNodes(model.graph)) if (QUANTIZED.test(node.opType)) return node;
  return undefined;
}

export function refuseQuantized(model: Model): void {
  const node = quantizedNode(model);
  if (node)
    throw new BitpressError('already_quantized', `node "${node.name}" is a ${node.qualifiedType}`, {
      node: node.name,
    });
}
