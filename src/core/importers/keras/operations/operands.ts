/**
 * Operands of keras.ops: tensors and numbers, joined in type and layout.
 *
 * Keras promotes as JAX does; here two operands of one integer type stay integers, any other mixture becomes float.
 */
import type { Value } from '../../../ir/value.ts';
import { tensorOf } from '../../../tensor/tensor.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { broadcast } from '../graph/layout.ts';
import type { Argument, LayerCall } from '../layers/layer.ts';
import { asFloat, settled } from '../shapes.ts';

export interface Operands {
  readonly tensors: readonly KerasTensor[];
  readonly dtype: KerasTensor['dtype'];
}

/** An argument by position or by name. */
export function argument(call: LayerCall, index: number, name: string): Argument {
  return call.args[index] ?? call.kwargs.get(name);
}

export function tensorArgument(call: LayerCall, index: number, name: string): KerasTensor {
  const given = argument(call, index, name);
  if (given instanceof KerasTensor) return given;
  throw call.refuse(`it is called without the tensor "${name}".`);
}

/** The operands in one type: integers of one type stay, unless `float` asks for floats. */
export function operands(call: LayerCall, given: readonly Argument[], float = false): Operands {
  const types = new Set(given.filter(item => item instanceof KerasTensor).map(item => item.dtype));
  const [only] = types;
  const numbers = given.filter(item => typeof item === 'number');
  const integer =
    !float && types.size === 1 && only !== undefined && only !== 'float32' && numbers.every(Number.isInteger);
  const tensors = given.map(item => {
    if (item instanceof KerasTensor) return settled(call, integer ? item : asFloat(call, item));
    if (typeof item === 'number')
      return new KerasTensor(integer ? integerConstant(call, item, only) : call.builder.scalar(item), []);
    throw call.refuse('it is called with something that is neither a tensor nor a number.');
  });
  return { tensors, dtype: integer ? only : 'float32' };
}

function integerConstant(call: LayerCall, value: number, dtype: KerasTensor['dtype']): Value {
  const { builder: b } = call;
  if (dtype === 'int64') return b.intScalar(value);
  if (dtype === 'int32') return b.scalar(value, 'int32');
  return b.cast(b.initializer('constant', tensorOf('int32', [], Int32Array.of(value))), dtype);
}

/** Applies an elementwise operator to operands that broadcast as in NumPy. */
export function combine(
  call: LayerCall,
  { tensors, dtype }: Operands,
  emit: (values: readonly Value[]) => Value,
  result: KerasTensor['dtype'] = dtype,
): KerasTensor {
  const { layouts } = call;
  const shape = broadcast(tensors.map(tensor => tensor.shape));
  const layout = layouts.common(tensors.filter(({ rank }) => rank > 0));
  const plain = tensors.some(({ rank }) => rank > 0 && rank !== shape.length);
  const chosen = plain ? ({ kind: 'plain' } as const) : layout;
  const values = tensors.map(tensor => (tensor.rank === 0 ? tensor.value : layouts.in(tensor, chosen)));
  return new KerasTensor(emit(values), shape, { dtype: result, layout: chosen });
}
