import { describe, expect, it } from 'vitest';
import { type BindOptions, bindDataset } from '../../../src/core/data/bind.ts';
import type { DataArray } from '../../../src/core/data/dataset.ts';
import type { SessionValue } from '../../../src/core/data/samples.ts';
import type { ArrayDType } from '../../../src/core/tensor/tensor.ts';
import { memoryArray, memoryDataset, ramp } from '../../support/memory-dataset.ts';

const image: SessionValue = { name: 'x', dtype: 'float32', dims: ['N', 2, 3] };
const logits: SessionValue = { name: 'logits', dtype: 'float32', dims: ['N', 10] };

function floats(name: string, ...shape: number[]): DataArray {
  return memoryArray(name, 'float32', shape, ramp(shape.reduce((a, b) => a * b, 1)));
}

function indices(name: string, shape: number[], values: bigint[]): DataArray {
  return memoryArray(name, 'int64', shape, BigInt64Array.from(values));
}

function bind(
  arrays: DataArray[],
  inputs: SessionValue[] = [image],
  options: BindOptions = {},
  outputs: SessionValue[] = [logits],
) {
  return bindDataset(memoryDataset(...arrays), inputs, outputs, options);
}

describe('the two shapes of a dataset', () => {
  it('cuts axis 0 into batches of one where the model leaves it open', () => {
    const samples = bind([floats('x', 4, 2, 3)]);
    expect(samples.count).toBe(4);
    expect(samples.feeds(2).x).toEqual({
      dtype: 'float32',
      dims: [1, 2, 3],
      data: Float32Array.of(12, 13, 14, 15, 16, 17),
    });
  });

  it('cuts axis 0 into the batch that the model declares', () => {
    const samples = bind([floats('x', 6, 2)], [{ name: 'x', dtype: 'float32', dims: [3, 2] }]);
    expect(samples.count).toBe(2);
    expect(samples.feeds(1).x).toEqual({
      dtype: 'float32',
      dims: [3, 2],
      data: Float32Array.of(6, 7, 8, 9, 10, 11),
    });
  });

  it('takes one rank more as whole input tensors: sequence first, states, scalars', () => {
    const inputs: SessionValue[] = [
      { name: 'x', dtype: 'float32', dims: ['T', 2, 3] },
      { name: 'scale', dtype: 'float32', dims: [] },
    ];
    const samples = bind([floats('x', 2, 5, 2, 3), floats('scale', 2)], inputs);
    expect(samples.count).toBe(2);
    expect(samples.feeds(1).x!.dims).toEqual([5, 2, 3]);
    expect(samples.feeds(1).scale).toEqual({ dtype: 'float32', dims: [], data: Float32Array.of(1) });
  });

  it('takes a single array of any name for a model with one input', () => {
    expect(bind([floats('array', 4, 2, 3), indices('y', [4], [1n, 2n, 3n, 4n])]).feeds(0).x!.dims).toEqual([
      1, 2, 3,
    ]);
  });

  it('lists what it did not use', () => {
    expect(bind([floats('x', 4, 2, 3), floats('other', 9)]).unused).toEqual(['other']);
  });
});

describe('a mismatch is named', () => {
  const two: SessionValue[] = [image, { name: 'z', dtype: 'float32', dims: ['N', 1] }];
  it.each<[string, () => unknown, string, RegExp]>([
    [
      'no array for an input',
      () => bind([floats('x', 4, 2, 3)], two),
      'dataset_mismatch',
      /input "z" \(float32\[N, 1\]\); arrays present: "x"/,
    ],
    [
      'two arrays, neither named',
      () => bind([floats('a', 4, 2, 3), floats('b', 4, 2, 3)]),
      'dataset_mismatch',
      /"a", "b"/,
    ],
    [
      'a shape',
      () => bind([floats('x', 4, 3, 2)]),
      'dataset_mismatch',
      /"x" has the shape \[4, 3, 2\], the input is float32\[N, 2, 3\]/,
    ],
    ['a rank', () => bind([floats('x', 24)]), 'dataset_mismatch', /\[24\]/],
    [
      'no axes',
      () => bind([floats('x')], [{ name: 'x', dtype: 'float32', dims: [] }]),
      'dataset_mismatch',
      /"x"/,
    ],
    [
      'a remainder',
      () => bind([floats('x', 7, 2)], [{ name: 'x', dtype: 'float32', dims: [3, 2] }]),
      'dataset_mismatch',
      /7 rows.*batch of 3/,
    ],
    [
      'different counts',
      () => bind([floats('x', 4, 2, 3), floats('z', 5, 1)], two),
      'dataset_mismatch',
      /"z" has 5 samples, input "x" has 4/,
    ],
    ['no samples', () => bind([floats('x', 0, 2, 3)]), 'dataset_empty', /"x"/],
    [
      'floats for integers',
      () => bind([floats('x', 4, 2, 3)], [{ ...image, dtype: 'int64' }]),
      'dataset_mismatch',
      /float32, the input is int64/,
    ],
    [
      'bytes without preprocess',
      () => bind([memoryArray('x', 'uint8', [1, 2, 3], new Uint8Array(6))]),
      'dataset_mismatch',
      /uint8, the input is float32/,
    ],
    [
      'preprocess of no input',
      () => bind([floats('x', 4, 2, 3)], [image], { preprocess: { q: {} } }),
      'invalid_spec',
      /"q"/,
    ],
    [
      'preprocess of integers',
      () => bind([floats('x', 4, 2, 3)], [{ ...image, dtype: 'int32' }], { preprocess: { x: {} } }),
      'invalid_spec',
      /int32/,
    ],
    [
      'a std of 0',
      () => bind([floats('x', 4, 2, 3)], [image], { preprocess: { x: { std: [0] } } }),
      'invalid_spec',
      /std holds 0/,
    ],
    [
      'an input that is no tensor',
      () => bind([floats('x', 4, 2, 3)], [{ ...image, dtype: undefined }]),
      'model_unsupported',
      /"x"/,
    ],
    [
      'a metric without labels',
      () => bind([floats('x', 4, 2, 3)], [image], { metric: 'top1' }),
      'dataset_mismatch',
      /top1 needs labels/,
    ],
    [
      'labels twice',
      () => bind([floats('x', 4, 2, 3), floats('y', 4), floats('labels', 4)]),
      'dataset_mismatch',
      /twice/,
    ],
    [
      'labels of another count',
      () => bind([floats('x', 4, 2, 3), indices('y', [3], [0n, 1n, 2n])]),
      'dataset_mismatch',
      /3 rows for 4/,
    ],
    [
      'float class indices',
      () => bind([floats('x', 4, 2, 3), floats('y', 4)], [image], { metric: 'top1' }),
      'dataset_mismatch',
      /needs integers/,
    ],
    [
      'targets of another shape',
      () => bind([floats('x', 4, 2, 3), floats('y', 4, 9)]),
      'dataset_mismatch',
      /float32\[1, 9\].*"logits" float32\[N, 10\]/,
    ],
    [
      'one score for a class index',
      () =>
        bind([floats('x', 4, 2, 3), indices('y', [4], [0n, 1n, 0n, 1n])], [image], {}, [
          { ...logits, dims: ['N', 1] },
        ]),
      'dataset_mismatch',
      /"logits" float32\[N, 1\]/,
    ],
  ])('%s', (_, act, code, message) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

describe('element types', () => {
  it.each<[ArrayDType, ArrayDType, DataArray]>([
    ['int32', 'int64', memoryArray('x', 'int32', [1, 3], Int32Array.of(-1, 0, 7))],
    ['int64', 'int32', memoryArray('x', 'int64', [1, 3], BigInt64Array.of(-1n, 0n, 7n))],
    ['int16', 'int64', memoryArray('x', 'int16', [1, 3], Int16Array.of(-1, 0, 7))],
  ])('converts %s to %s', (_, dtype, array) => {
    const { data } = bind([array], [{ name: 'x', dtype, dims: ['N', 3] }]).feeds(0).x!;
    expect(Array.from(data, Number)).toEqual([-1, 0, 7]);
    expect(data.constructor).toBe(dtype === 'int64' ? BigInt64Array : Int32Array);
  });

  it('refuses a value that does not fit, by sample', () => {
    const array = indices('x', [2, 1], [5n, 2n ** 40n]);
    const samples = bind([array], [{ name: 'x', dtype: 'int32', dims: ['N', 1] }]);
    expect(samples.feeds(0).x!.data).toEqual(Int32Array.of(5));
    expect(() => samples.feeds(1)).toThrow(/sample 1.*1099511627776.*int32/);
  });

  it('takes bytes of 0 and 1 for bool and no others', () => {
    const samples = bind(
      [memoryArray('x', 'uint8', [2, 1], Uint8Array.of(1, 2))],
      [{ name: 'x', dtype: 'bool', dims: ['N', 1] }],
    );
    expect(samples.feeds(0).x).toEqual({ dtype: 'bool', dims: [1, 1], data: Uint8Array.of(1) });
    expect(() => samples.feeds(1)).toThrow(/bool/);
  });

  it('reads and writes the other float types', () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff);
    const wide = memoryArray('x', 'float16', [1, 4], half);
    const input: SessionValue = { name: 'x', dtype: 'float32', dims: ['N', 4] };
    // IEEE 754 binary16: 1, -2, the smallest subnormal, the largest finite value.
    expect(bind([wide], [input]).feeds(0).x!.data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504));
    const back = memoryArray('x', 'float64', [1, 4], Float64Array.of(1, -2, 2 ** -24, 65504));
    expect(bind([back], [{ ...input, dtype: 'float16' }]).feeds(0).x!.data).toEqual(half);
    const over = memoryArray('x', 'float32', [1, 1], Float32Array.of(70000));
    const samples = bind([over], [{ name: 'x', dtype: 'float16', dims: ['N', 1] }]);
    expect(() => samples.feeds(0)).toThrow(expect.objectContaining({ code: 'dataset_not_finite' }));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('names the sample and the array that holds %s', value => {
    const samples = bind(
      [memoryArray('x', 'float32', [2, 2], Float32Array.of(0, 1, 2, value))],
      [{ name: 'x', dtype: 'float32', dims: ['N', 2] }],
    );
    expect(samples.feeds(0).x!.data).toEqual(Float32Array.of(0, 1));
    expect(() => samples.feeds(1)).toThrow(
      expect.objectContaining({
        code: 'dataset_not_finite',
        message: `array "x", sample 1, holds ${value} at element 1`,
      }),
    );
  });
});

describe('preprocess', () => {
  const bytes = memoryArray(
    'x',
    'uint8',
    [1, 2, 2, 3],
    Uint8Array.from({ length: 12 }, (_, index) => index * 23),
  );
  const nchw: SessionValue = { name: 'x', dtype: 'float32', dims: ['N', 3, 'H', 'W'] };
  // np: (np.arange(12)*23).astype('u1').reshape(1,2,2,3); ((a.astype('f4')*f4(1/255)) - mean) / std, transposed (0,3,1,2)
  const IMAGENET = [
    -2.1179039478302, -0.9362959265708923, 0.2453121542930603, 1.4269202947616577, -1.633053183555603,
    -0.42506998777389526, 0.7829132676124573, 1.9908965826034546, -1.0027015209197998, 0.19991305470466614,
    1.4025274515151978, 2.605142116546631,
  ];

  it('multiplies and adds in float32', () => {
    const samples = bind([bytes], [{ name: 'x', dtype: 'float32', dims: ['N', 2, 2, 3] }], {
      preprocess: { x: { scale: 0.017, bias: -2.1 } },
    });
    // numpy: np.float32(v) * np.float32(0.017) + np.float32(-2.1)
    expect(Array.from(samples.feeds(0).x!.data, Number).slice(0, 4)).toEqual([
      -2.0999999046325684, -1.7089998722076416, -1.3179998397827148, -0.9269998073577881,
    ]);
  });

  it('normalises per channel and transposes to the layout of the model', () => {
    const samples = bind([bytes], [nchw], {
      preprocess: {
        x: { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], layout: 'nchw' },
      },
    });
    const { dims, data } = samples.feeds(0).x!;
    expect(dims).toEqual([1, 3, 2, 2]);
    expect(Array.from(data, Number)).toEqual(IMAGENET);
  });

  it('does not transpose what already fits', () => {
    const first = memoryArray(
      'x',
      'uint8',
      [1, 3, 2, 2],
      Uint8Array.from({ length: 12 }, (_, index) => index),
    );
    const samples = bind([first], [nchw], { preprocess: { x: { scale: 1, layout: 'nchw' } } });
    expect(Array.from(samples.feeds(0).x!.data, Number)).toEqual(
      Array.from({ length: 12 }, (_, index) => index),
    );
  });

  it('transposes to channels last', () => {
    const first = memoryArray(
      'x',
      'uint8',
      [1, 3, 2, 2],
      Uint8Array.from({ length: 12 }, (_, index) => index),
    );
    const samples = bind([first], [{ ...nchw, dims: ['N', 2, 2, 3] }], {
      preprocess: { x: { scale: 1, layout: 'nhwc' } },
    });
    expect(Array.from(samples.feeds(0).x!.data, Number)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  });
});

describe('labels', () => {
  const x = floats('x', 4, 2, 3);
  it('are class indices scored by top1, and ignored where they are not asked for', () => {
    const labelled = [x, indices('y', [4], [3n, 2n, 1n, 0n])];
    const samples = bind(labelled);
    expect(samples).toMatchObject({ hasLabels: true, scoring: { metric: { id: 'top1' }, output: 'logits' } });
    expect(samples.label(1)).toEqual({ dtype: 'int64', dims: [1], data: BigInt64Array.of(2n) });
    const silent = bind(labelled, [image], { ignoreLabels: true });
    expect(silent).toMatchObject({ hasLabels: false, scoring: undefined, unused: [] });
    expect(silent.label(0)).toBeUndefined();
  });

  it('may be a column, or one row for each row of a fixed batch', () => {
    expect(bind([x, indices('labels', [4, 1], [3n, 2n, 1n, 0n])]).label(0)!.dims).toEqual([1, 1]);
    const fixed = bind(
      [floats('x', 4, 3), indices('y', [4], [3n, 2n, 1n, 0n])],
      [{ name: 'x', dtype: 'float32', dims: [2, 3] }],
      {},
      [{ name: 'logits', dtype: 'float32', dims: [2, 10] }],
    );
    expect(fixed.label(1)).toEqual({ dtype: 'int64', dims: [2], data: BigInt64Array.of(1n, 0n) });
  });

  it('are targets of the output that has their shape', () => {
    const outputs: SessionValue[] = [logits, { name: 'image', dtype: 'float32', dims: ['N', 2, 3] }];
    const samples = bind([x, floats('y', 4, 2, 3)], [image], { metric: 'psnr' }, outputs);
    expect(samples.scoring).toMatchObject({ metric: { id: 'psnr' }, output: 'image' });
    expect(samples.label(1)!.dims).toEqual([1, 2, 3]);
  });

  it('of an input called y are no labels', () => {
    const inputs: SessionValue[] = [image, { name: 'y', dtype: 'int64', dims: ['N'] }];
    expect(bind([x, indices('y', [4], [0n, 0n, 0n, 0n])], inputs).hasLabels).toBe(false);
  });
});
