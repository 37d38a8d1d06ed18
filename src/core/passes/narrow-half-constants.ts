/**
 * The way back from widen-half-constants.ts: constants that stayed float32 and that float16 holds to the last bit are
 * float16 behind a Cast, so that what a method leaves in float takes no more room than it did in a float16 model.
 *
 *   w  ->  Cast(w as float16, to=float32)       onnxruntime folds it when it loads the model
 *
 * Requires a lowered model. Ensures the same values.
 */

import { intAttribute } from '../ir/attribute.ts';
import { addInitializer, insertBefore, isGraphOutput, removeInitializer } from '../ir/edit.ts';
import type { Model } from '../ir/model.ts';
import { Names } from '../ir/names.ts';
import { Node } from '../ir/node.ts';
import { onnxDtype } from '../tensor/dtype.ts';
import { fromFloat16, toFloat16 } from '../tensor/float16.ts';
import { elements, type Tensor, tensorOf } from '../tensor/tensor.ts';

/** Smaller ones are not worth a node. */
const MIN_BYTES = 1024;

/** @param candidates names of the constants that were there before lowering: those that it made are read by its own nodes */
export function narrowHalfConstants({ graph }: Model, candidates: ReadonlySet<string>): void {
  const names = new Names(graph);
  for (const value of [...graph.initializers]) {
    const { initializer, name } = value;
    if (initializer?.dtype !== 'float32' || initializer.byteLength < MIN_BYTES) continue;
    if (!candidates.has(name) || value.uses.size === 0) continue;
    if (graph.inputs.includes(value) || isGraphOutput(graph, value)) continue;
    const [first] = graph.nodes;
    const bits = first && exactBits(initializer);
    if (!bits) continue;
    removeInitializer(graph, value);
    value.initializer = undefined;
    value.type = { kind: 'tensor', dtype: 'float32', dims: initializer.dims };
    const half = addInitializer(
      graph,
      names.value(`${name}_half`),
      tensorOf('float16', initializer.dims, bits),
    );
    const cast = new Node({
      opType: 'Cast',
      domain: '',
      name: names.node(`${name}_cast`),
      inputs: [half],
      outputs: [value],
      attributes: { to: intAttribute(BigInt(onnxDtype('float32'))) },
    });
    insertBefore(graph, first, cast);
  }
}

function exactBits(tensor: Tensor): Uint16Array | undefined {
  const source = elements(tensor, 'float32');
  const { bits } = toFloat16(source);
  const back = fromFloat16(bits);
  return back.every((x, i) => Object.is(x, source[i])) ? bits : undefined;
}
