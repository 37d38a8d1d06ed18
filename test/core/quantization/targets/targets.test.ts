/** Every target against every method: its table names options that exist, and its presets are specs that it accepts. */
import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../../src/contracts/parse-spec.ts';
import { presetsOf } from '../../../../src/contracts/presets.ts';
import { METHODS } from '../../../../src/core/quantization/methods/index.ts';
import { TARGETS } from '../../../../src/core/quantization/targets/index.ts';

describe.each(TARGETS.all)('$id', ({ id, methods }) => {
  test('its table names methods, options and values that exist', () => {
    for (const [methodId, rules] of Object.entries(methods)) {
      const method = METHODS.get(methodId);
      expect(method, methodId).toBeDefined();
      if ('refused' in rules) continue;
      for (const [option, { values }] of Object.entries(rules.options))
        for (const value of values)
          expect(() =>
            parseSpec({ method: { type: methodId, [option]: value }, target: 'cpu' }),
          ).not.toThrow();
    }
  });

  test.each(METHODS.ids)('%s: what it presets, it accepts', methodId => {
    const preset = presetsOf(METHODS.get(methodId)!).find(({ target }) => target === id);
    if (preset?.refused !== undefined)
      expect(() => parseSpec({ method: methodId, target: id })).toThrow(preset.refused);
    else
      expect(parseSpec({ method: { type: methodId, ...preset?.options }, target: id })).toEqual(
        parseSpec({ method: methodId, target: id }),
      );
  });
});

test('a target changes a default, never an option that was named', () => {
  expect(parseSpec({ method: 'static-int8', target: 'tensorrt' }).method).toMatchObject({
    activation: 'int8',
    symmetricActivation: true,
    weight: 'int8',
    bias: 'float',
  });
  expect(
    parseSpec({ method: { type: 'static-int8', activation: 'uint16' }, target: 'qnn' }).method,
  ).toMatchObject({ activation: 'uint16', bias: 'int32' });
});

test.each([
  ['tensorrt', { type: 'static-int8', activation: 'uint8' }, 'method.activation', /"int8"/],
  ['tensorrt', 'dynamic-int8', 'method', /static-int8/],
  ['tensorrt', 'weight-only-int4', 'method', /static-int8/],
  ['qnn', { type: 'static-int8', activation: 'int8' }, 'method.activation', /"uint8" or "uint16"/],
  ['qnn', { type: 'static-int8', weight: 'uint8' }, 'method.perChannel', /"perChannel": false/],
  [
    'tensorrt',
    {
      type: 'static-int8',
      overrides: [
        { match: 'a', float: true },
        { match: 'b', activation: 'uint16' },
      ],
    },
    'method.overrides.1.activation',
    /"int8"/,
  ],
  [
    'web',
    { type: 'static-int8', overrides: [{ match: 'b', weight: 'uint8' }] },
    'method.overrides.0.perChannel',
    /"perChannel": false/,
  ],
  ['arm64', { type: 'static-int8', activation: 'int8', weight: 'uint8' }, 'method.weight', /"int8"/],
  ['web', { type: 'static-int8', weight: 'uint8' }, 'method.perChannel', /"perChannel": false/],
  ['cpu-avx2', { type: 'dynamic-int8', reduceRange: false }, 'method.reduceRange', /"uint8"/],
])('%s refuses %j by name', (target, method, field, hint) => {
  const attempt = () => parseSpec({ method, target });
  expect(attempt).toThrow(new RegExp(`target "${target}" does not run`));
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({
      code: 'invalid_spec',
      place: { field },
      hint: expect.stringMatching(hint),
    });
  }
});

test('cpu-avx2 gives dynamic weights 7 bits, and uint8 ones all of theirs', () => {
  const options = (method: string | Record<string, unknown>) =>
    parseSpec({ method, target: 'cpu-avx2' }).method;
  expect(options('dynamic-int8')).toMatchObject({ weight: 'int8', reduceRange: true });
  expect(options({ type: 'dynamic-int8', weight: 'uint8' }).reduceRange).toBeUndefined();
});

test('web takes dynamic uint8 weights per channel: its convolutions have equal zero points', () => {
  const method = { type: 'dynamic-int8', weight: 'uint8', perChannel: true, convolutions: true };
  expect(parseSpec({ method, target: 'web' }).method).toMatchObject(method);
});
