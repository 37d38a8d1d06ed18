/**
 * Masked steps of a recurrent layer, with holes anywhere: Keras keeps the state over a masked step and repeats the last
 * output; ONNX only knows a length per sequence.
 *
 * How: the steps that count are moved to the front (a stable sort by mask), the operator runs over that many, and each
 * output is fetched back for every step: that of the last counting step before it, or, in a reversed layer, of the next
 * one after it; zeros where there is none. Only standard operators, no loop.
 */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import type { LayerCall } from './layer.ts';

export interface Compacted {
  /** [batch, steps, features], counting steps first. */
  readonly input: Value;
  /** int32 [batch]: at least 1, as the operator demands. */
  readonly lengths: Value;
  /** bool [batch, 1]: whether any step counts. */
  readonly any: Value;
  /** From [batch, steps, units] of the moved steps to all steps. */
  spread(output: Value): Value;
}

export function compact(call: LayerCall, input: Value, mask: Value, reverse: boolean): Compacted {
  const { builder: b } = call;
  const counts = b.cast(mask, 'int64');
  const steps = b.op('Shape', [mask], { start: attr.int(1), end: attr.int(2) });
  // Sort key: the step, behind all counting ones where it is masked.
  const place = b.op('Range', [b.intScalar(0), b.op('Squeeze', [steps]), b.intScalar(1)]);
  const masked = b.op('Mul', [b.op('Sub', [b.intScalar(1), counts]), steps]);
  const key = b.op('Add', [masked, place]);
  const [, order] = b.ops('TopK', [key, steps], 2, {
    axis: attr.int(1),
    largest: attr.int(0),
    sorted: attr.int(1),
  });
  const total = b.op('ReduceSum', [counts, b.ints([1])], { keepdims: attr.int(1) });
  const fetch = (data: Value, index: Value) =>
    b.op('GatherND', [data, b.op('Unsqueeze', [index, b.ints([2])])], { batch_dims: attr.int(1) });
  return {
    input: fetch(input, order as Value),
    lengths: b.cast(b.op('Squeeze', [b.op('Max', [total, b.intScalar(1)]), b.ints([1])]), 'int32'),
    any: b.op('Greater', [total, b.intScalar(0)]),
    spread(output) {
      const passed = b.op('CumSum', [counts, b.intScalar(1)]);
      const index = reverse ? b.op('Sub', [passed, counts]) : b.op('Sub', [passed, b.intScalar(1)]);
      const exists = reverse ? b.op('Less', [index, total]) : b.op('Greater', [passed, b.intScalar(0)]);
      const last = b.op('Sub', [steps, b.intScalar(1)]);
      const inside = b.op('Min', [b.op('Max', [index, b.intScalar(0)]), last]);
      return b.op('Where', [b.op('Unsqueeze', [exists, b.ints([2])]), fetch(output, inside), b.scalar(0)]);
    },
  };
}
