/** `trainable_weights + non_trainable_weights` of Keras, for models inside models and frozen ones. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../../src/core/importers/keras/config/json.ts';
import { kerasVersion } from '../../../../../src/core/importers/keras/config/version.ts';
import { readLayer, snakeCase } from '../../../../../src/core/importers/keras/topology/read-layer.ts';
import { legacyOrder } from '../../../../../src/core/importers/keras/weights/legacy-h5.ts';

const dense = (name: string, trainable = true): JsonObject => ({
  class_name: 'Dense',
  config: { name, units: 2, trainable },
});
const norm = (name: string, trainable = true): JsonObject => ({
  class_name: 'BatchNormalization',
  config: { name, trainable },
});

function order(layers: readonly JsonObject[], trainable = true): readonly string[] {
  const config = { class_name: 'Sequential', config: { name: 'model', trainable, layers } };
  const context = { version: kerasVersion('2.4.0', ''), prefix: '', depth: 1, count: { layers: 0 } };
  return legacyOrder(readLayer(config, context)).map(({ layer, variable }) => `${layer.name}.${variable.id}`);
}

test('moving statistics stand behind everything that is trained', () => {
  expect(order([norm('n'), dense('d')])).toEqual([
    'n.gamma',
    'n.beta',
    'd.kernel',
    'd.bias',
    'n.moving_mean',
    'n.moving_variance',
  ]);
});

test('a frozen layer moves behind as a whole', () => {
  expect(order([norm('n', false), dense('d')])).toEqual([
    'd.kernel',
    'd.bias',
    'n.gamma',
    'n.beta',
    'n.moving_mean',
    'n.moving_variance',
  ]);
});

test('a frozen model keeps the order of its layers', () => {
  expect(order([dense('d'), norm('n')], false).slice(0, 3)).toEqual(['d.kernel', 'd.bias', 'n.gamma']);
});

test.each([
  ['Conv2D', 'conv2d'],
  ['BatchNormalization', 'batch_normalization'],
  ['PReLU', 'p_re_lu'],
  ['LSTM', 'lstm'],
  ['DepthwiseConv2D', 'depthwise_conv2d'],
])('%s is %s in a .keras file', (name, snake) => {
  expect(snakeCase(name)).toBe(snake);
});
