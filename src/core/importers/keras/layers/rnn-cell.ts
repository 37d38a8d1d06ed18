/**
 * The cells LSTM, GRU and SimpleRNN as inputs of the ONNX operators.
 *
 * Gates: Keras LSTM orders i f c o, ONNX i o f c; GRU is z r h in both. Kernels [in, gates * units] are transposed to
 * [1, gates * units, in]. ONNX adds two biases, one of the input and one of the state: a GRU with reset_after has both
 * (`linear_before_reset`), every other cell only the first.
 */
import type { Value } from '../../../ir/value.ts';
import { activationName, HARD_SIGMOID_SLOPE } from '../activations.ts';
import type { Fields } from '../config/fields.ts';
import type { Attributes } from '../graph/builder.ts';
import { attr } from '../graph/builder.ts';
import { permute } from '../graph/permute.ts';
import type { LayerCall, LayerSpec, Variable } from './layer.ts';

export type CellKind = 'LSTM' | 'GRU' | 'SimpleRNN';

export interface Cell {
  readonly opType: 'LSTM' | 'GRU' | 'RNN';
  readonly units: number;
  /** State tensors: hidden, and the cell state of an LSTM. */
  readonly states: 1 | 2;
  /** W, R and B of the operator. */
  readonly weights: readonly (Value | undefined)[];
  readonly attributes: Attributes;
}

interface Plan {
  readonly opType: Cell['opType'];
  /** ONNX gate from Keras gate. */
  readonly order: readonly number[];
  readonly states: 1 | 2;
  /** Fields of the activations in ONNX's order. */
  readonly activations: readonly string[];
}

const PLANS: Readonly<Record<CellKind, Plan>> = {
  LSTM: {
    opType: 'LSTM',
    order: [0, 3, 1, 2],
    states: 2,
    activations: ['recurrent_activation', 'activation', 'activation'],
  },
  GRU: { opType: 'GRU', order: [0, 1, 2], states: 1, activations: ['recurrent_activation', 'activation'] },
  SimpleRNN: { opType: 'RNN', order: [0], states: 1, activations: ['activation'] },
};

interface OnnxActivation {
  readonly name: string;
  readonly alpha?: number;
  readonly beta?: number;
}

const ACTIVATIONS: Readonly<Record<string, OnnxActivation>> = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
  elu: { name: 'Elu', alpha: 1 },
  leaky_relu: { name: 'LeakyRelu', alpha: 0.2 },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
};

/** @param at the attribute that holds the cell of a layer; undefined for a cell on its own */
export function cellVariables(fields: Fields, at: string | undefined): readonly Variable[] {
  const held = at === undefined ? {} : { at: [at] };
  return ['kernel', 'recurrent_kernel', ...(fields.bool('use_bias', true) ? ['bias'] : [])].map(id => ({
    id,
    ...held,
  }));
}

/** A cell as a layer of its own, inside an RNN; it is never called by itself. */
export const cellSpec: LayerSpec = {
  masking: 'stop',
  variables: fields => cellVariables(fields, undefined),
  emit(call) {
    throw call.refuse('a cell outside of an RNN layer is not supported.', 'Wrap it in keras.layers.RNN.');
  },
};

/** @param call the layer or the cell that owns the weights */
export function cellOf(call: LayerCall, kind: CellKind, width: number): Cell {
  const { fields } = call;
  const plan = PLANS[kind];
  const units = fields.int('units', { min: 1 });
  const gates = plan.order.length;
  const resetAfter = kind === 'GRU' && fields.bool('reset_after', false);
  const kernel = (id: string, rows: number) => {
    const dims = [rows, gates * units];
    return call.parameter(id, [1, gates * units, rows], () =>
      reorder(permute(call.weight(id, dims), dims, [1, 0]), plan.order),
    );
  };
  const weights = [kernel('kernel', width), kernel('recurrent_kernel', units)];
  const bias = fields.bool('use_bias', true) ? [biasOf(call, plan, units, resetAfter)] : [undefined];
  return {
    opType: plan.opType,
    units,
    states: plan.states,
    weights: [...weights, ...bias],
    attributes: {
      hidden_size: attr.int(units),
      ...activationsOf(call, plan),
      ...(resetAfter && { linear_before_reset: attr.int(1) }),
    },
  };
}

function biasOf(call: LayerCall, { order }: Plan, units: number, resetAfter: boolean): Value {
  const length = order.length * units;
  return call.parameter('bias', [1, 2 * length], () => {
    const stored = resetAfter ? call.weight('bias', [2, length]) : call.weight('bias', [length]);
    const both = new Float32Array(2 * length);
    both.set(reorder(stored.subarray(0, length), order));
    if (resetAfter) both.set(reorder(stored.subarray(length), order), length);
    return both;
  });
}

/** Blocks of equal length in another order. */
function reorder(data: Float32Array, order: readonly number[]): Float32Array {
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return result;
}

function activationsOf(call: LayerCall, plan: Plan): Attributes {
  const list = plan.activations.map(field => {
    const name = activationName(call.fields, field, field === 'activation' ? 'tanh' : 'sigmoid');
    if (name === 'hard_sigmoid') {
      const alpha = call.version.major < 3 ? HARD_SIGMOID_SLOPE.keras2 : HARD_SIGMOID_SLOPE.keras3;
      return { name: 'HardSigmoid', alpha, beta: 0.5 };
    }
    const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
    if (!known)
      throw call.refuse(
        `the activation "${name}" of a recurrent layer is not supported.`,
        `Use one of ${Object.keys(ACTIVATIONS).join(', ')}, hard_sigmoid.`,
      );
    return known;
  });
  const floats = (values: readonly (number | undefined)[]) => ({
    kind: 'floats' as const,
    value: values.filter(value => value !== undefined),
  });
  const alphas = floats(list.map(({ alpha }) => alpha));
  const betas = floats(list.map(({ beta }) => beta));
  return {
    activations: attr.texts(list.map(({ name }) => name)),
    ...(alphas.value.length > 0 && { activation_alpha: alphas }),
    ...(betas.value.length > 0 && { activation_beta: betas }),
  };
}
