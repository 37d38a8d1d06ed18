/**
 * A model without the weight of its weights: large constants are declared as inputs of their type and shape, so that the
 * runtime can check, type and fold the graph without reading them.
 *
 * Invariant: the model is as before when `use` has ended.
 */
import type { Graph } from '../core/ir/graph.ts';
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import { type DType, isFloat } from '../core/tensor/dtype.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** Smaller constants cost nothing to load, and shapes, axes and scales are among them. */
const LARGE_BYTES = 64 * 1024;

/** The main graph's large constants, of floats if nothing else is said. Those that are inputs too belong to the caller and stay. */
export function largeConstants(
  { inputs, outputs, initializers }: Graph,
  ofType: (dtype: DType) => boolean = isFloat,
): readonly Value[] {
  const bound = new Set([...inputs, ...outputs]);
  return initializers.filter(
    value =>
      value.initializer &&
      value.initializer.byteLength >= LARGE_BYTES &&
      ofType(value.initializer.dtype) &&
      !bound.has(value),
  );
}

/** Calls `use` while the constants are inputs. Gives what it gives. */
export function withOutlined<Result>(model: Model, constants: readonly Value[], use: () => Result): Result {
  const { inputs, initializers } = model.graph;
  const before = { initializers: [...initializers], inputs: inputs.length };
  const outlined = new Set(constants);
  const saved = constants.map(({ initializer, type }) => ({ initializer, type }));
  for (const value of constants) {
    const { dtype, dims } = value.initializer as Tensor;
    value.type = { kind: 'tensor', dtype, dims };
    value.initializer = undefined;
    inputs.push(value);
  }
  initializers.splice(0, initializers.length, ...before.initializers.filter(value => !outlined.has(value)));
  try {
    return use();
  } finally {
    inputs.length = before.inputs;
    initializers.splice(0, initializers.length, ...before.initializers);
    constants.forEach((value, index) => {
      value.initializer = saved[index]?.initializer;
      value.type = saved[index]?.type;
    });
  }
}
