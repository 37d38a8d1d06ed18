/**
 * What TensorFlow.js layers compute as Keras does, class by class: the table that decides whether the source model can be
 * checked on an engine of its own.
 *
 * Invariant: a class that is not here, or a setting that TensorFlow.js ignores or reads differently, is a reason to skip
 * the check, never a reason to compare anyway.
 */
import { activationName } from '../activations.ts';
import type { Fields } from '../config/fields.ts';
import { isList } from '../config/json.ts';
import type { KerasVersion } from '../config/version.ts';

/** Why a layer cannot be checked; undefined where it can. */
export type Objection = (fields: Fields, version: KerasVersion) => string | undefined;

const fine: Objection = () => undefined;

/** Activations of TensorFlow.js that mean what Keras means; `hard_sigmoid` is that of Keras 2. */
const ACTIVATIONS = new Set([
  'linear',
  'relu',
  'relu6',
  'elu',
  'selu',
  'sigmoid',
  'tanh',
  'softplus',
  'softsign',
  'softmax',
  'log_softmax',
  'swish',
  'silu',
  'mish',
  'gelu',
]);

const activation =
  (...names: readonly string[]): Objection =>
  (fields, { major }) => {
    for (const field of names) {
      const name = activationName(fields, field);
      if (name === 'hard_sigmoid' && major < 3) continue;
      if (!ACTIVATIONS.has(name)) return `the activation "${name}"`;
    }
    return undefined;
  };

const without =
  (field: string, value: unknown): Objection =>
  fields =>
    fields.json(field) === value ? `${field}=${String(value)}` : undefined;

const all =
  (...objections: readonly Objection[]): Objection =>
  (fields, version) => {
    for (const objection of objections) {
      const reason = objection(fields, version);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };

const channelsLast = without('data_format', 'channels_first');
const image = all(channelsLast, activation('activation'));
const ungrouped: Objection = fields =>
  fields.int('groups', { fallback: 1 }) > 1 ? 'grouped convolutions' : undefined;
const pooled = all(channelsLast, without('keepdims', true));
const recurrent = activation('activation', 'recurrent_activation');

/** TensorFlow.js does not hand the dilation of these on to the operation. */
const undilated: Objection = fields => {
  const rates = fields.json('dilation_rate') ?? 1;
  return (isList(rates) ? rates : [rates]).some(rate => rate !== 1) ? 'dilation here' : undefined;
};

const standardLength: Objection = fields => (fields.has('output_padding') ? 'output_padding' : undefined);

export const ENGINE_LAYERS: Readonly<Record<string, Objection>> = {
  Dense: activation('activation'),
  Activation: activation('activation'),
  ReLU: fields =>
    fields.number('negative_slope', 0) !== 0 || fields.number('threshold', 0) !== 0
      ? 'a ReLU with a slope'
      : undefined,
  LeakyReLU: fine,
  ELU: fine,
  Softmax: fields => (fields.intList('axis', [-1])[0] === -1 ? undefined : 'a Softmax over another axis'),
  Dropout: fine,
  SpatialDropout1D: fine,
  GaussianNoise: fine,
  GaussianDropout: fine,
  Flatten: channelsLast,
  Reshape: fine,
  Permute: fine,
  RepeatVector: fine,
  Add: fine,
  Multiply: fine,
  Average: fine,
  Maximum: fine,
  Minimum: fine,
  Concatenate: fine,
  Conv1D: all(image, ungrouped),
  Conv2D: all(image, ungrouped),
  DepthwiseConv2D: all(image, undilated),
  Conv2DTranspose: all(image, undilated, standardLength),
  SeparableConv2D: image,
  ZeroPadding2D: channelsLast,
  Cropping2D: channelsLast,
  MaxPooling1D: channelsLast,
  MaxPooling2D: channelsLast,
  AveragePooling1D: channelsLast,
  AveragePooling2D: channelsLast,
  GlobalAveragePooling1D: pooled,
  GlobalAveragePooling2D: pooled,
  GlobalMaxPooling1D: pooled,
  GlobalMaxPooling2D: pooled,
  UpSampling2D: channelsLast,
  BatchNormalization: fields => {
    const axis = fields.intList('axis', [-1])[0];
    return axis === -1 || axis === 3 ? undefined : 'a BatchNormalization over another axis than the last';
  },
  LayerNormalization: without('rms_scaling', true),
  Embedding: without('mask_zero', true),
  SimpleRNN: activation('activation'),
  LSTM: recurrent,
  GRU: all(recurrent, without('reset_after', true)),
  TimeDistributed: fine,
  Bidirectional: fields =>
    fields.json('merge_mode') === null ? 'a Bidirectional that does not merge' : undefined,
  Rescaling: fields =>
    typeof fields.json('scale') === 'number' && typeof (fields.json('offset') ?? 0) === 'number'
      ? undefined
      : 'a Rescaling by vectors',
};
