/**
 * Keras's activation functions in ONNX, by name.
 *
 * Invariant: a name means what it meant to the Keras that wrote the file (`hard_sigmoid` changed in Keras 3), and a
 * name that is not here is refused, never guessed. Definitions: keras/src/activations and keras/src/ops/nn.py; the old
 * `hard_sigmoid` clip(0.2 x + 0.5, 0, 1): keras/backend of Keras 2.
 */
import type { Value } from '../../ir/value.ts';
import type { Fields } from './config/fields.ts';
import { Fields as FieldReader } from './config/fields.ts';
import type { Json, JsonObject } from './config/json.ts';
import { asText, isObject, own } from './config/json.ts';
import type { KerasVersion } from './config/version.ts';
import type { GraphBuilder } from './graph/builder.ts';
import { attr } from './graph/builder.ts';
import type { KerasTensor, Layout } from './graph/keras-tensor.ts';
import { axisIn, normalizeAxis } from './graph/layout.ts';
import type { LayerCall } from './layers/layer.ts';
import { unsupported } from './problems.ts';

/** What a function may need to know of its operand: where its last Keras axis lies. */
export interface Operand {
  readonly builder: GraphBuilder;
  readonly value: Value;
  readonly rank: number;
  readonly layout: Layout;
}

export type Activation = (operand: Operand) => Value;

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
/** Default slope of the function `leaky_relu`; the layer LeakyReLU has another. */
const LEAKY_SLOPE = 0.2;

export const clip = (
  builder: GraphBuilder,
  value: Value,
  low: number | undefined,
  high: number | undefined,
): Value =>
  builder.op('Clip', [
    value,
    low === undefined ? undefined : builder.scalar(low),
    ...(high === undefined ? [] : [builder.scalar(high)]),
  ]);

const unary =
  (opType: string): Activation =>
  ({ builder, value }) =>
    builder.op(opType, [value]);

const clipped =
  (low: number, high: number): Activation =>
  ({ builder, value }) =>
    clip(builder, value, low, high);

const along =
  (opType: string): Activation =>
  operand =>
    softmaxAlong(operand, -1, opType);

/** Softmax or LogSoftmax over one Keras axis. */
export function softmaxAlong(
  { builder, value, rank, layout }: Operand,
  axis: number,
  opType = 'Softmax',
): Value {
  const at = axisIn(layout, normalizeAxis(axis, rank), rank);
  return builder.op(opType, [value], { axis: attr.int(at === rank - 1 ? -1 : at) });
}

/** Negative slope for x < 0. */
export const leakyRelu =
  (alpha: number): Activation =>
  ({ builder, value }) =>
    builder.op('LeakyRelu', [value], { alpha: attr.float(alpha) });

export const elu =
  (alpha: number): Activation =>
  ({ builder, value }) =>
    builder.op('Elu', [value], { alpha: attr.float(alpha) });

const shrink =
  (lambd: number, bias: number): Activation =>
  ({ builder, value }) =>
    builder.op('Shrink', [value], { lambd: attr.float(lambd), bias: attr.float(bias) });

/** max(0, min(1, alpha x + beta)) */
const hardSigmoid =
  (alpha: number): Activation =>
  ({ builder, value }) =>
    builder.op('HardSigmoid', [value], { alpha: attr.float(alpha), beta: attr.float(0.5) });

export const HARD_SIGMOID_SLOPE = { keras2: 0.2, keras3: 1 / 6 } as const;

/** x / 2 (1 + erf(x / sqrt 2)), or its tanh approximation. */
export const gelu =
  (approximate: boolean): Activation =>
  ({ builder: b, value: x }) => {
    const cubic = () => b.op('Mul', [b.op('Mul', [b.op('Mul', [x, x]), x]), b.scalar(0.044715)]);
    const gate = approximate
      ? b.op('Tanh', [b.op('Mul', [b.op('Add', [x, cubic()]), b.scalar(SQRT_2_OVER_PI)])])
      : b.op('Erf', [b.op('Mul', [x, b.scalar(SQRT_HALF)])]);
    return b.op('Mul', [b.op('Mul', [x, b.op('Add', [gate, b.scalar(1)])]), b.scalar(0.5)]);
  };

const silu: Activation = ({ builder: b, value: x }) => b.op('Mul', [x, b.op('Sigmoid', [x])]);

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: ({ value }) => value,
  relu: unary('Relu'),
  relu6: clipped(0, 6),
  leaky_relu: leakyRelu(LEAKY_SLOPE),
  elu: elu(1),
  selu: unary('Selu'),
  celu: unary('Celu'),
  gelu: gelu(false),
  silu,
  swish: silu,
  mish: ({ builder: b, value: x }) => b.op('Mul', [x, b.op('Tanh', [b.op('Softplus', [x])])]),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  softplus: unary('Softplus'),
  softsign: unary('Softsign'),
  exponential: unary('Exp'),
  softmax: along('Softmax'),
  log_softmax: along('LogSoftmax'),
  hard_tanh: clipped(-1, 1),
  hard_silu: unary('HardSwish'),
  hard_swish: unary('HardSwish'),
  soft_shrink: shrink(0.5, 0.5),
  hard_shrink: shrink(0.5, 0),
  tanh_shrink: ({ builder: b, value: x }) => b.op('Sub', [x, b.op('Tanh', [x])]),
  log_sigmoid: ({ builder: b, value: x }) => b.op('Neg', [b.op('Softplus', [b.op('Neg', [x])])]),
  /** (x + sqrt(x^2 + 4)) / 2 */
  squareplus: ({ builder: b, value: x }) => {
    const root = b.op('Sqrt', [b.op('Add', [b.op('Mul', [x, x]), b.scalar(4)])]);
    return b.op('Mul', [b.op('Add', [x, root]), b.scalar(0.5)]);
  },
  sparse_sigmoid: ({ builder, value }) =>
    builder.op('HardSigmoid', [value], { alpha: attr.float(0.5), beta: attr.float(0.5) }),
  /** 0 below -1, x above 1, ((x + 1) / 2)^2 between. */
  sparse_plus: ({ builder: b, value: x }) => {
    const half = clip(b, b.op('Mul', [b.op('Add', [x, b.scalar(1)]), b.scalar(0.5)]), 0, undefined);
    return b.op('Where', [b.op('Greater', [x, b.scalar(1)]), x, b.op('Mul', [half, half])]);
  },
};

/** The activation's name where it is a plain name (RNNs take only some). */
export function activationName(fields: Fields, field: string, fallback = 'linear'): string {
  const value = fields.json(field) ?? null;
  if (value === null) return fallback;
  const name = asText(value) ?? (isObject(value) ? functionName(value) : undefined);
  if (name === undefined)
    throw unsupported(fields.layer, `its ${field} is not a built-in activation function.`, ADVICE);
  return name;
}

const ADVICE =
  'Use a built-in activation by its name, or an activation layer, and save the model again; Python functions are never executed.';

/** A serialized function: `{"class_name": "function", "config": "relu", "module": "builtins", ...}`. */
function functionName(json: JsonObject): string | undefined {
  const module = asText(own(json, 'module'));
  const registered = asText(own(json, 'registered_name'));
  const name = asText(own(json, 'config'));
  if (name === undefined || asText(own(json, 'class_name')) !== 'function') return undefined;
  const ours = module === undefined || module === 'builtins' || /^keras(\.|$)/.test(module);
  const custom = registered !== undefined && registered !== 'function' && registered !== name;
  return ours && !custom ? name : undefined;
}

/** Applies the activation that a field of the layer names. */
export function activate(call: LayerCall, tensor: KerasTensor, field = 'activation'): KerasTensor {
  return applyActivation(call, tensor, activationOf(call.fields, field, call.version));
}

export function applyActivation(call: LayerCall, tensor: KerasTensor, activation: Activation): KerasTensor {
  return call.layouts.elementwise([tensor], tensor.shape, ([value], layout) =>
    activation({ builder: call.builder, value: value as Value, rank: tensor.rank, layout }),
  );
}

/** @throws model_unsupported for a function that is not Keras's own. */
export function activationOf(fields: Fields, field: string, version: KerasVersion): Activation {
  const json = fields.json(field) ?? null;
  const layer =
    isObject(json) && asText(own(json, 'class_name')) !== 'function'
      ? activationLayer(fields, json)
      : undefined;
  if (layer) return layer;
  return activationByName(activationName(fields, field), fields.layer, version);
}

export function activationByName(name: string, layer: string, version: KerasVersion): Activation {
  if (name === 'hard_sigmoid')
    return hardSigmoid(version.major < 3 ? HARD_SIGMOID_SLOPE.keras2 : HARD_SIGMOID_SLOPE.keras3);
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!activation) throw unsupported(layer, `unknown activation "${name}".`, ADVICE);
  return activation;
}

/** An activation layer in the place of a function: `activation=keras.layers.LeakyReLU()`. */
function activationLayer(fields: Fields, json: Json): Activation | undefined {
  if (!isObject(json)) return undefined;
  const module = asText(own(json, 'module'));
  const config = own(json, 'config');
  const inner = new FieldReader(isObject(config) ? config : {}, fields.layer);
  if (module !== undefined && !/^keras\.(src\.)?layers/.test(module)) return undefined;
  switch (asText(own(json, 'class_name'))) {
    case 'LeakyReLU':
      return leakyRelu(leakySlope(inner));
    case 'ReLU':
      return reluOf(inner);
    case 'ELU':
      return elu(inner.number('alpha', 1));
    case 'Softmax':
      return operand => softmaxAlong(operand, inner.intList('axis', [-1])[0] ?? -1);
    default:
      return undefined;
  }
}

/** Keras 2 calls it `alpha`; the layer's default is 0.3. */
export function leakySlope(fields: Fields): number {
  return fields.number(fields.has('negative_slope') ? 'negative_slope' : 'alpha', 0.3);
}

/** The layer ReLU: max_value, negative_slope and threshold. */
export function reluOf(fields: Fields): Activation {
  const slope = fields.number('negative_slope', 0);
  const threshold = fields.number('threshold', 0);
  const max = fields.has('max_value') ? fields.number('max_value') : undefined;
  return operand => {
    const { builder: b, value: x } = operand;
    if (threshold === 0 && slope === 0) return max === undefined ? b.op('Relu', [x]) : clip(b, x, 0, max);
    if (threshold === 0) {
      const leaky = leakyRelu(slope)(operand);
      return max === undefined ? leaky : clip(b, leaky, undefined, max);
    }
    const passed = b.op('Where', [b.op('Greater', [x, b.scalar(threshold)]), x, b.scalar(0)]);
    const capped = max === undefined ? passed : clip(b, passed, 0, max);
    if (slope === 0) return capped;
    const below = b.op('Relu', [b.op('Sub', [b.scalar(threshold), x])]);
    return b.op('Sub', [capped, b.op('Mul', [below, b.scalar(slope)])]);
  };
}
