import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../src/core/importers/keras/config/json.ts';
import { readCalls, readRefs } from '../../../../../src/core/importers/keras/topology/call-data.ts';

const tensor = (layer: string, node = 0, index = 0) => ({
  kind: 'tensor',
  ref: { layer, node, tensor: index },
});

describe('inbound nodes', () => {
  test('of Keras 2: tensors in a list, more of them inside the keyword arguments', () => {
    const [merge, attention] = readCalls('layer', [
      [
        ['a', 0, 0, {}],
        ['b', 1, 2, {}],
      ],
      [['q', 0, 0, { value: ['v', 0, 1], training: false }]],
    ]);
    expect(merge?.args).toEqual([{ kind: 'list', items: [tensor('a'), tensor('b', 1, 2)] }]);
    expect(attention?.args).toEqual([tensor('q')]);
    expect(attention?.kwargs.get('value')).toEqual(tensor('v', 0, 1));
    expect(attention?.kwargs.get('training')).toEqual({ kind: 'scalar', value: false });
  });

  test('of Keras 3: arguments as they were passed', () => {
    const x = (name: string): Json => ({
      class_name: '__keras_tensor__',
      config: { keras_history: [name, 0, 0] },
    });
    const slice: Json = { class_name: '__slice__', config: { start: 1, stop: null, step: null } };
    const [call] = readCalls('layer', [{ args: [x('a'), 0.5, [slice]], kwargs: { mask: null } }]);
    const none = { kind: 'scalar', value: null };
    expect(call?.args).toEqual([
      tensor('a'),
      { kind: 'scalar', value: 0.5 },
      { kind: 'list', items: [{ kind: 'slice', bounds: [{ kind: 'scalar', value: 1 }, none, none] }] },
    ]);
    expect(call?.kwargs.get('mask')).toEqual(none);
  });

  test('code among the arguments is refused', () => {
    const lambda: Json = { class_name: '__lambda__', config: { code: 'AA==' } };
    expect(() => readCalls('layer', [{ args: [lambda], kwargs: {} }])).toThrow(
      expect.objectContaining({ code: 'model_unsupported', place: { node: 'layer' } }),
    );
  });

  test.each([[[[['a', -1, 0]]]], [[[['a', 0.5, 0]]]], [[[[1, 0, 0]]]], ['text']])(
    '%j is refused',
    inbound => {
      expect(() => readCalls('layer', inbound as Json)).toThrow(
        expect.objectContaining({ code: 'model_invalid' }),
      );
    },
  );
});

test('outputs in a dictionary come in the order of its sorted keys', () => {
  const refs = readRefs('model', 'output_layers', { z: ['last', 0, 0], a: [['first', 0, 0]] });
  expect(refs.map(({ layer }) => layer)).toEqual(['first', 'last']);
});
