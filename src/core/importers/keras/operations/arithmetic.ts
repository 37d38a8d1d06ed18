/** Operations of two operands: arithmetic, comparison, logic. */
import type { Value } from '../../../ir/value.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { LayerFamily, LayerSpec } from '../layers/layer.ts';
import { argument, combine, operands } from './operands.ts';

type Emit = (builder: GraphBuilder, values: readonly Value[]) => Value;

const node =
  (opType: string): Emit =>
  (builder, values) =>
    builder.op(opType, values);

const not =
  (emit: Emit): Emit =>
  (builder, values) =>
    builder.op('Not', [emit(builder, values)]);

const binary = (emit: Emit, { float = false, logical = false } = {}): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const pair = [argument(call, 0, 'x1'), argument(call, 1, 'x2')];
    const joined = operands(call, pair, float);
    return combine(call, joined, values => emit(call.builder, values), logical ? 'bool' : joined.dtype);
  },
});

const compare = (emit: Emit) => binary(emit, { logical: true });

/** NumPy's where(condition, x1, x2). */
const where: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b } = call;
    const condition = operands(call, [argument(call, 0, 'condition')]).tensors[0];
    const joined = operands(call, [argument(call, 1, 'x1'), argument(call, 2, 'x2')]);
    if (!condition) throw call.refuse('it is called without a condition.');
    const all = { tensors: [condition, ...joined.tensors], dtype: joined.dtype };
    return combine(call, all, ([test, ...rest]) => b.op('Where', [b.cast(test as Value, 'bool'), ...rest]));
  },
};

export const arithmetic: LayerFamily = {
  id: 'arithmetic',
  layers: {
    Add: binary(node('Add')),
    Subtract: binary(node('Sub')),
    Multiply: binary(node('Mul')),
    TrueDivide: binary(node('Div'), { float: true }),
    Divide: binary(node('Div'), { float: true }),
    Power: binary(node('Pow'), { float: true }),
    Maximum: binary(node('Max')),
    Minimum: binary(node('Min')),
    Equal: compare(node('Equal')),
    NotEqual: compare(not(node('Equal'))),
    Greater: compare(node('Greater')),
    GreaterEqual: compare(node('GreaterOrEqual')),
    Less: compare(node('Less')),
    LessEqual: compare(node('LessOrEqual')),
    LogicalAnd: compare(node('And')),
    LogicalOr: compare(node('Or')),
    Where: where,
  },
};
