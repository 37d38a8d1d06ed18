import { Type } from 'typebox';
import { expect, test, vi } from 'vitest';
import { canonicalJson } from '../../src/contracts/canonical-json.ts';
import { parseSpec } from '../../src/contracts/parse-spec.ts';

vi.mock('../../src/core/quantization/methods/index.ts', async () => {
  const { registry } = await import('../../src/registry.ts');
  const options = Type.Object({
    activation: Type.Union([Type.Literal('uint8'), Type.Literal('int8')], { default: 'uint8' }),
    exclude: Type.Optional(Type.Array(Type.String())),
  });
  return { METHODS: registry('methods', [{ id: 'static-int8', options }]) };
});

test('defaults are filled in, also those of the method', () => {
  expect(parseSpec({ method: 'static-int8' })).toEqual({
    method: { type: 'static-int8', activation: 'uint8' },
    target: 'cpu',
    repair: true,
    benchmark: true,
  });
});

test('a method by id and a method with its defaults written out are the same work', () => {
  const short = parseSpec({ method: 'static-int8', calibration: { synthetic: true } });
  const long = parseSpec({
    calibration: { samples: 32, synthetic: true },
    repair: true,
    method: { activation: 'uint8', type: 'static-int8' },
  });
  expect(canonicalJson(short)).toBe(canonicalJson(long));
});

test.each([
  [{ method: 'static-int8', gate: {} }, 'gate', /"gate" is not a known field/],
  [{ method: { type: 'static-int8', activations: 'int8' } }, 'method.activations', /not a known field/],
  [{ method: { type: 'static-int8', activation: 'int4' } }, 'method.activation', /"uint8", "int8"/],
  [{ method: 'int9' }, 'method', /static-int8, auto; got "int9"/],
  [{}, 'method', /missing/],
  [{ method: 'static-int8', gates: { minSpeedup: -1 } }, 'gates.minSpeedup', /> 0/],
  [{ method: 'static-int8', limits: { memoryMb: 1 } }, 'limits.memoryMb', />= 256/],
])('%j is refused by name', (json, field, detail) => {
  expect(() => parseSpec(json)).toThrow(
    expect.objectContaining({
      code: 'invalid_spec',
      place: { field },
      message: expect.stringMatching(detail),
    }),
  );
});

test.each([null, [], 'static-int8', 1])('%j is not a spec', json => {
  expect(() => parseSpec(json)).toThrow(expect.objectContaining({ code: 'invalid_spec' }));
});

test('a prototype is never reached through the spec', () => {
  const spec = parseSpec(JSON.parse('{"method":"static-int8","__proto__":{"repair":false}}'));
  expect(spec.repair).toBe(true);
  expect(Object.getPrototypeOf(spec)).toBe(Object.prototype);
});

test('canonical JSON sorts keys at every depth (RFC 8785, 3.2.3)', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: '\u20ac', z: undefined })).toBe(
    '{"a":"€","b":[{"c":null,"d":1}]}',
  );
});
