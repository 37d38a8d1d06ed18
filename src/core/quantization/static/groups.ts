/**
 * Which values share one scale and zero point.
 *
 * - Moved elements keep their codes: the outputs of Reshape, MaxPool, Concat-free movement follow their input.
 * - What goes into a clip needs no more range than what comes out: values beyond it are cut off anyway. So the input
 *   of a Relu or Clip follows its output, where the clip is the only reader.
 *
 * Invariant: following the links ends at a value whose statistics are its own (its representative).
 */
import { isOnlyUse } from '../../ir/edit.ts';
import type { Value } from '../../ir/value.ts';
import type { Selection } from './selection.ts';

export function representatives({ selected }: Selection): (value: Value) => Value {
  const follows = new Map<Value, Value>();
  for (const [node, { spec, graph }] of selected) {
    const input = node.inputs[0];
    if (!input) continue;
    if (spec.role === 'movement') for (const output of node.outputs) if (output) follows.set(output, input);
    if (spec.role === 'clip' && isOnlyUse(graph, input)) {
      const output = node.outputs[0];
      if (output) follows.set(input, output);
    }
  }
  return value => {
    let at = value;
    // The links form a forest by construction; the bound only guards the loop.
    for (let steps = 0; steps <= follows.size; steps++) {
      const next = follows.get(at);
      if (!next) return at;
      at = next;
    }
    return at;
  };
}
