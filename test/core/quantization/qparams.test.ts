import { describe, expect, it } from 'vitest';
import {
  chooseQParams,
  codeRange,
  dequantizeValue,
  fitCodes,
  gridOf,
  quantizeValue,
  roundHalfEven,
  typeRange,
} from '../../../src/core/quantization/qparams.ts';

describe('known answers of the quantization semantics', () => {
  const range = { min: -1, max: 2 };

  it('int8 symmetric', () => {
    expect(chooseQParams(range, { dtype: 'int8', symmetric: true })).toEqual({
      scale: Math.fround(2 / 127),
      zeroPoint: 0,
    });
  });

  it('int8 asymmetric on [-127, 127]', () => {
    expect(fitCodes(range, { min: -127, max: 127 }, false)).toEqual({
      scale: Math.fround(3 / 254),
      zeroPoint: -42,
    });
  });

  it('uint8 symmetric', () => {
    expect(chooseQParams(range, { dtype: 'uint8', symmetric: true })).toEqual({
      scale: Math.fround(4 / 255),
      zeroPoint: 128,
    });
  });

  it('uint8 asymmetric', () => {
    expect(chooseQParams(range, { dtype: 'uint8', symmetric: false })).toEqual({
      scale: Math.fround(3 / 255),
      zeroPoint: 85,
    });
  });

  it.each([true, false])('an empty range has scale 1 and zero point 0 (symmetric: %s)', symmetric => {
    for (const dtype of ['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4'] as const)
      expect(chooseQParams({ min: 0, max: 0 }, { dtype, symmetric })).toEqual({ scale: 1, zeroPoint: 0 });
  });
});

// onnxruntime.quantization 1.30: compute_scale_zp on get_qmin_qmax_for_qType, ranges held as float32.
const REFERENCE: readonly [number, number, string, boolean, boolean, number, number][] = [
  [-1.0, 2.0, 'int8', true, false, 0, 0.015748031437397003],
  [-1.0, 2.0, 'int8', true, true, 0, 0.03125],
  [-1.0, 2.0, 'int8', false, false, -43, 0.0117647061124444],
  [-1.0, 2.0, 'int8', false, true, -21, 0.0234375],
  [-1.0, 2.0, 'uint8', true, false, 128, 0.01568627543747425],
  [-1.0, 2.0, 'uint8', true, true, 64, 0.031496062874794006],
  [-1.0, 2.0, 'uint8', false, false, 85, 0.0117647061124444],
  [-1.0, 2.0, 'uint8', false, true, 42, 0.023622047156095505],
  [-1.0, 2.0, 'int16', true, false, 0, 6.103701889514923e-5],
  [-1.0, 2.0, 'int16', false, false, -10923, 4.577706567943096e-5],
  [-1.0, 2.0, 'uint16', true, false, 32768, 6.103608757257462e-5],
  [-1.0, 2.0, 'uint16', false, false, 21845, 4.577706567943096e-5],
  [-1.0, 2.0, 'int4', true, false, 0, 0.2666666805744171],
  [-1.0, 2.0, 'int4', false, false, -3, 0.20000000298023224],
  [-1.0, 2.0, 'uint4', true, false, 8, 0.2666666805744171],
  [-1.0, 2.0, 'uint4', false, false, 5, 0.20000000298023224],
  [0.0, 6.0, 'int8', true, false, 0, 0.04724409431219101],
  [0.0, 6.0, 'int8', true, true, 0, 0.09375],
  [0.0, 6.0, 'int8', false, false, -128, 0.0235294122248888],
  [0.0, 6.0, 'int8', false, true, -64, 0.046875],
  [0.0, 6.0, 'uint8', true, false, 128, 0.0470588244497776],
  [0.0, 6.0, 'uint8', true, true, 64, 0.09448818862438202],
  [0.0, 6.0, 'uint8', false, false, 0, 0.0235294122248888],
  [0.0, 6.0, 'uint8', false, true, 0, 0.04724409431219101],
  [0.0, 6.0, 'int16', true, false, 0, 0.0001831110566854477],
  [0.0, 6.0, 'int16', false, false, -32768, 9.155413135886192e-5],
  [0.0, 6.0, 'uint16', true, false, 32768, 0.00018310826271772385],
  [0.0, 6.0, 'uint16', false, false, 0, 9.155413135886192e-5],
  [0.0, 6.0, 'int4', true, false, 0, 0.800000011920929],
  [0.0, 6.0, 'int4', false, false, -8, 0.4000000059604645],
  [0.0, 6.0, 'uint4', true, false, 8, 0.800000011920929],
  [0.0, 6.0, 'uint4', false, false, 0, 0.4000000059604645],
  [-3.700000047683716, 0.20000000298023224, 'int8', true, false, 0, 0.029133858159184456],
  [-3.700000047683716, 0.20000000298023224, 'int8', true, true, 0, 0.05781250074505806],
  [-3.700000047683716, 0.20000000298023224, 'int8', false, false, 114, 0.015294117853045464],
  [-3.700000047683716, 0.20000000298023224, 'int8', false, true, 57, 0.03046875074505806],
  [-3.700000047683716, 0.20000000298023224, 'uint8', true, false, 128, 0.029019609093666077],
  [-3.700000047683716, 0.20000000298023224, 'uint8', true, true, 64, 0.05826771631836891],
  [-3.700000047683716, 0.20000000298023224, 'uint8', false, false, 242, 0.015294117853045464],
  [-3.700000047683716, 0.20000000298023224, 'uint8', false, true, 120, 0.030708661302924156],
  [-3.700000047683716, 0.20000000298023224, 'int16', true, false, 0, 0.00011291848932160065],
  [-3.700000047683716, 0.20000000298023224, 'int16', false, false, 29406, 5.9510188293643296e-5],
  [-3.700000047683716, 0.20000000298023224, 'uint16', true, false, 32768, 0.00011291676491964608],
  [-3.700000047683716, 0.20000000298023224, 'uint16', false, false, 62174, 5.9510188293643296e-5],
  [-3.700000047683716, 0.20000000298023224, 'int4', true, false, 0, 0.4933333396911621],
  [-3.700000047683716, 0.20000000298023224, 'int4', false, false, 6, 0.2600000202655792],
  [-3.700000047683716, 0.20000000298023224, 'uint4', true, false, 8, 0.4933333396911621],
  [-3.700000047683716, 0.20000000298023224, 'uint4', false, false, 14, 0.2600000202655792],
  [0.5, 1.25, 'int8', true, false, 0, 0.009842519648373127],
  [0.5, 1.25, 'int8', true, true, 0, 0.01953125],
  [0.5, 1.25, 'int8', false, false, -128, 0.0049019609577953815],
  [0.5, 1.25, 'int8', false, true, -64, 0.009765625],
  [0.5, 1.25, 'uint8', true, false, 128, 0.009803921915590763],
  [0.5, 1.25, 'uint8', true, true, 64, 0.019685039296746254],
  [0.5, 1.25, 'uint8', false, false, 0, 0.0049019609577953815],
  [0.5, 1.25, 'uint8', false, true, 0, 0.009842519648373127],
  [0.5, 1.25, 'int16', true, false, 0, 3.814813680946827e-5],
  [0.5, 1.25, 'int16', false, false, -32768, 1.9073777366429567e-5],
  [0.5, 1.25, 'uint16', true, false, 32768, 3.8147554732859135e-5],
  [0.5, 1.25, 'uint16', false, false, 0, 1.9073777366429567e-5],
  [0.5, 1.25, 'int4', true, false, 0, 0.1666666716337204],
  [0.5, 1.25, 'int4', false, false, -8, 0.0833333358168602],
  [0.5, 1.25, 'uint4', true, false, 8, 0.1666666716337204],
  [0.5, 1.25, 'uint4', false, false, 0, 0.0833333358168602],
  [-9.0, -2.0, 'int8', true, false, 0, 0.07086614519357681],
  [-9.0, -2.0, 'int8', true, true, 0, 0.140625],
  [-9.0, -2.0, 'int8', false, false, 127, 0.03529411926865578],
  [-9.0, -2.0, 'int8', false, true, 64, 0.0703125],
  [-9.0, -2.0, 'uint8', true, false, 128, 0.07058823853731155],
  [-9.0, -2.0, 'uint8', true, true, 64, 0.14173229038715363],
  [-9.0, -2.0, 'uint8', false, false, 255, 0.03529411926865578],
  [-9.0, -2.0, 'uint8', false, true, 127, 0.07086614519357681],
  [-9.0, -2.0, 'int16', true, false, 0, 0.00027466658502817154],
  [-9.0, -2.0, 'int16', false, false, 32767, 0.00013733119703829288],
  [-9.0, -2.0, 'uint16', true, false, 32768, 0.00027466239407658577],
  [-9.0, -2.0, 'uint16', false, false, 65535, 0.00013733119703829288],
  [-9.0, -2.0, 'int4', true, false, 0, 1.2000000476837158],
  [-9.0, -2.0, 'int4', false, false, 7, 0.6000000238418579],
  [-9.0, -2.0, 'uint4', true, false, 8, 1.2000000476837158],
  [-9.0, -2.0, 'uint4', false, false, 15, 0.6000000238418579],
  [-0.0010000000474974513, 10000.0, 'int8', true, false, 0, 78.74015808105469],
  [-0.0010000000474974513, 10000.0, 'int8', true, true, 0, 156.25],
  [-0.0010000000474974513, 10000.0, 'int8', false, false, -128, 39.21569061279297],
  [-0.0010000000474974513, 10000.0, 'int8', false, true, -64, 78.12500762939453],
  [-0.0010000000474974513, 10000.0, 'uint8', true, false, 128, 78.4313735961914],
  [-0.0010000000474974513, 10000.0, 'uint8', true, true, 64, 157.48031616210938],
  [-0.0010000000474974513, 10000.0, 'uint8', false, false, 0, 39.21569061279297],
  [-0.0010000000474974513, 10000.0, 'uint8', false, true, 0, 78.74016571044922],
  [-0.0010000000474974513, 10000.0, 'int16', true, false, 0, 0.30518510937690735],
  [-0.0010000000474974513, 10000.0, 'int16', false, false, -32768, 0.15259023010730743],
  [-0.0010000000474974513, 10000.0, 'uint16', true, false, 32768, 0.3051804304122925],
  [-0.0010000000474974513, 10000.0, 'uint16', false, false, 0, 0.15259023010730743],
  [-0.0010000000474974513, 10000.0, 'int4', true, false, 0, 1333.3333740234375],
  [-0.0010000000474974513, 10000.0, 'int4', false, false, -8, 666.666748046875],
  [-0.0010000000474974513, 10000.0, 'uint4', true, false, 8, 1333.3333740234375],
  [-0.0010000000474974513, 10000.0, 'uint4', false, false, 0, 666.666748046875],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int8', true, false, 0, 3.473614640370215e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int8', true, true, 0, 6.892954047543753e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int8', false, false, -128, 1.7299963417372055e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int8', false, true, -64, 3.4464770237718767e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint8', true, false, 128, 3.459992683474411e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint8', true, true, 64, 6.94722928074043e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint8', false, false, 0, 1.7299963417372055e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint8', false, true, 0, 3.473614640370215e-7],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int16', true, false, 0, 1.3463211656628005e-9],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int16', false, false, -32768, 6.731503132684225e-10],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint16', true, false, 32768, 1.346300626536845e-9],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint16', false, false, 0, 6.731503132684225e-10],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int4', true, false, 0, 5.881987362954533e-6],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'int4', false, false, -8, 2.9409936814772664e-6],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint4', true, false, 8, 5.881987362954533e-6],
  [1.8555352653493173e-5, 4.411490590428002e-5, 'uint4', false, false, 0, 2.9409936814772664e-6],
  [-0.15664416551589966, 0.10882700979709625, 'int8', true, false, 0, 0.001233418588526547],
  [-0.15664416551589966, 0.10882700979709625, 'int8', true, true, 0, 0.002447565086185932],
  [-0.15664416551589966, 0.10882700979709625, 'int8', false, false, 22, 0.0010410633403807878],
  [-0.15664416551589966, 0.10882700979709625, 'int8', false, true, 12, 0.0020739934407174587],
  [-0.15664416551589966, 0.10882700979709625, 'uint8', true, false, 128, 0.0012285816483199596],
  [-0.15664416551589966, 0.10882700979709625, 'uint8', true, true, 64, 0.002466837177053094],
  [-0.15664416551589966, 0.10882700979709625, 'uint8', false, false, 150, 0.0010410633403807878],
  [-0.15664416551589966, 0.10882700979709625, 'uint8', false, true, 75, 0.002090324182063341],
  [-0.15664416551589966, 0.10882700979709625, 'int16', true, false, 0, 4.780546532856533e-6],
  [-0.15664416551589966, 0.10882700979709625, 'int16', false, false, 5902, 4.050830284541007e-6],
  [-0.15664416551589966, 0.10882700979709625, 'uint16', true, false, 32768, 4.780473318533041e-6],
  [-0.15664416551589966, 0.10882700979709625, 'uint16', false, false, 38670, 4.050830284541007e-6],
  [-0.15664416551589966, 0.10882700979709625, 'int4', true, false, 0, 0.0208858884871006],
  [-0.15664416551589966, 0.10882700979709625, 'int4', false, false, 1, 0.017698077484965324],
  [-0.15664416551589966, 0.10882700979709625, 'uint4', true, false, 8, 0.0208858884871006],
  [-0.15664416551589966, 0.10882700979709625, 'uint4', false, false, 9, 0.017698077484965324],
  [-2.1137845516204834, 2.287645101547241, 'int8', true, false, 0, 0.01801295392215252],
  [-2.1137845516204834, 2.287645101547241, 'int8', true, true, 0, 0.035744454711675644],
  [-2.1137845516204834, 2.287645101547241, 'int8', false, false, -6, 0.017260508611798286],
  [-2.1137845516204834, 2.287645101547241, 'int8', false, true, -3, 0.03438616916537285],
  [-2.1137845516204834, 2.287645101547241, 'uint8', true, false, 128, 0.017942314967513084],
  [-2.1137845516204834, 2.287645101547241, 'uint8', true, true, 64, 0.03602590784430504],
  [-2.1137845516204834, 2.287645101547241, 'uint8', false, false, 122, 0.017260508611798286],
  [-2.1137845516204834, 2.287645101547241, 'uint8', false, true, 61, 0.03465692698955536],
  [-2.1137845516204834, 2.287645101547241, 'int16', true, false, 0, 6.981551996432245e-5],
  [-2.1137845516204834, 2.287645101547241, 'int16', false, false, -1295, 6.716151256114244e-5],
  [-2.1137845516204834, 2.287645101547241, 'uint16', true, false, 32768, 6.981445039855316e-5],
  [-2.1137845516204834, 2.287645101547241, 'uint16', false, false, 31473, 6.716151256114244e-5],
  [-2.1137845516204834, 2.287645101547241, 'int4', true, false, 0, 0.305019348859787],
  [-2.1137845516204834, 2.287645101547241, 'int4', false, false, -1, 0.2934286296367645],
  [-2.1137845516204834, 2.287645101547241, 'uint4', true, false, 8, 0.305019348859787],
  [-2.1137845516204834, 2.287645101547241, 'uint4', false, false, 7, 0.2934286296367645],
];

describe('against the reference quantizer', () => {
  it.each(REFERENCE)(
    '[%d, %d] %s symmetric %s reduced %s',
    (min, max, dtype, symmetric, reduceRange, zeroPoint, scale) => {
      expect(chooseQParams({ min, max }, { dtype: dtype as 'int8', symmetric, reduceRange })).toEqual({
        scale,
        zeroPoint,
      });
    },
  );
});

describe('edges', () => {
  it('widens a range that does not hold zero', () => {
    expect(chooseQParams({ min: 3, max: 6 }, { dtype: 'uint8', symmetric: false })).toEqual({
      scale: Math.fround(6 / 255),
      zeroPoint: 0,
    });
    expect(chooseQParams({ min: -6, max: -3 }, { dtype: 'uint8', symmetric: false })).toEqual({
      scale: Math.fround(6 / 255),
      zeroPoint: 255,
    });
  });

  it('gives scale 1 where the scale would be subnormal', () => {
    expect(chooseQParams({ min: 0, max: 255 * 2 ** -127 }, { dtype: 'uint8', symmetric: false })).toEqual({
      scale: 1,
      zeroPoint: 0,
    });
    expect(chooseQParams({ min: 0, max: 255 * 2 ** -126 }, { dtype: 'uint8', symmetric: false }).scale).toBe(
      2 ** -126,
    );
  });

  it('holds the widest finite range', () => {
    const max = (2 - 2 ** -23) * 2 ** 127;
    const { scale } = chooseQParams({ min: -max, max }, { dtype: 'int8', symmetric: false });
    expect(Number.isFinite(scale)).toBe(true);
  });

  it('refuses a range that is not finite', () => {
    expect(() => chooseQParams({ min: Number.NaN, max: 1 }, { dtype: 'int8', symmetric: true })).toThrow(
      RangeError,
    );
    expect(() => chooseQParams({ min: 0, max: Infinity }, { dtype: 'int8', symmetric: true })).toThrow(
      RangeError,
    );
  });

  it('widens to minRange', () => {
    expect(
      chooseQParams({ min: -0.001, max: 0.001 }, { dtype: 'uint8', symmetric: false, minRange: 0.255 }).scale,
    ).toBeCloseTo(0.001, 9);
  });

  it('rounds half to even, on both sides of zero and far out', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999999, 1e300].map(roundHalfEven)).toEqual([
      0, 2, 2, 0, -2, -2, 2, 1e300,
    ]);
  });

  it('saturates codes', () => {
    const q = { scale: 1, zeroPoint: 128 };
    expect([-1e9, -128.5, 0, 1e9].map(x => quantizeValue(x, q, typeRange('uint8')))).toEqual([
      0, 0, 128, 255,
    ]);
    expect(dequantizeValue(130, q)).toBe(2);
  });

  it('names the grid for observers', () => {
    expect(gridOf({ dtype: 'int8', symmetric: true })).toEqual({ levels: 255, symmetric: true });
    expect(gridOf({ dtype: 'uint8', symmetric: false })).toEqual({ levels: 256, symmetric: false });
    expect(codeRange({ dtype: 'int8', symmetric: true, reduceRange: true })).toEqual({ min: -64, max: 64 });
  });
});
