import { describe, expect, test } from 'vitest';
import { computeType } from '../../../../../src/core/importers/keras/config/dtype-policy.ts';
import { Fields } from '../../../../../src/core/importers/keras/config/fields.ts';
import type { JsonObject } from '../../../../../src/core/importers/keras/config/json.ts';
import { own, parseJson } from '../../../../../src/core/importers/keras/config/json.ts';
import { kerasVersion } from '../../../../../src/core/importers/keras/config/version.ts';

describe('JSON of a stranger', () => {
  test('is bounded in depth, and brackets inside texts do not count', () => {
    expect(() => parseJson('['.repeat(201) + ']'.repeat(201), 'x')).toThrow(/too deep/);
    expect(parseJson(JSON.stringify(`"\\${'['.repeat(500)}`), 'x')).toContain('[[[');
  });

  test('reaches no prototype', () => {
    const json = parseJson('{"__proto__": {"polluted": 1}, "a": 2}', 'x') as JsonObject;
    expect(own(json, 'constructor')).toBeUndefined();
    expect(own(json, 'toString')).toBeUndefined();
    expect(own(json, '__proto__')).toEqual({ polluted: 1 });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('fields', () => {
  const fields = new Fields({ units: -5, half: 1.5, size: [2, 3], one: 4, none: null }, 'layer');
  test.each([
    ['out of range', () => fields.int('units', { min: 1 })],
    ['not whole', () => fields.int('half')],
    ['missing', () => fields.int('absent')],
    ['of another length', () => fields.ints('size', 3)],
  ])('%s: named with layer and field', (_, read) => {
    expect(read).toThrow(
      expect.objectContaining({
        code: 'model_invalid',
        place: { node: 'layer', field: expect.any(String) },
        hint: expect.stringContaining('keras.models.load_model'),
      }),
    );
  });
  test('one number stands for every axis, null for the fallback', () => {
    expect(fields.ints('one', 2)).toEqual([4, 4]);
    expect(fields.int('none', { fallback: 7 })).toBe(7);
  });
});

describe('dtype policies', () => {
  const policy = (dtype: unknown) => computeType(new Fields({ dtype } as JsonObject, 'layer'));
  test.each([
    [undefined, 'float32'],
    ['float16', 'float16'],
    [{ class_name: 'Policy', config: { name: 'mixed_float16' } }, 'float16'],
    [{ class_name: 'DTypePolicy', config: { name: 'mixed_bfloat16' } }, 'bfloat16'],
  ])('%j computes in %s', (dtype, type) => {
    expect(policy(dtype)).toBe(type);
  });
  test.each([
    [{ class_name: 'QuantizedDTypePolicy', config: { mode: 'int8', source_name: 'float32' } }],
    ['int8_from_float32'],
    ['float64'],
  ])('%j is refused', dtype => {
    expect(() => policy(dtype)).toThrow(expect.objectContaining({ code: 'model_unsupported' }));
  });
});

test.each([
  ['2.2.4-tf', '', 2, 2],
  ['3.15.1', '', 3, 15],
  [undefined, '', 2, 0],
  ['2.14.0', '{"activation": "hard_silu"}', 3, 14],
])('version %s of a file', (text, config, major, minor) => {
  expect(kerasVersion(text, config)).toMatchObject({ major, minor });
});
