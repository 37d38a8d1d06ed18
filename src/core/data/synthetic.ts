/**
 * Random samples for a model that came without data. Their ranges say nothing about real ones, which a report that
 * rests on them says first.
 *
 * Invariant: the same inputs, count and seed give the same samples on every machine.
 *
 * Floats are nearly normal (mean 0, deviation 1: the sum of twelve uniforms, which needs no transcendental function);
 * integers are 0 or 1, the only indices that are valid in every table; masks are all one, so that no row is empty.
 */
import { BitpressError } from '../../errors.ts';
import type { Dim } from '../ir/value.ts';
import { isFloat } from '../tensor/dtype.ts';
import { type ArrayDType, elementCount } from '../tensor/tensor.ts';
import { convertIntegers, isInteger } from './convert.ts';
import { encode } from './floats.ts';
import { openShapes } from './open-shapes.ts';
import type { RuntimeTensor, SampleSource, SessionValue } from './samples.ts';

const DEFAULT_SEED = 0x5eed;
/** A tensor above this is an accident of the open dimensions, not a sample. */
const MAX_ELEMENTS = 2 ** 27;

export function syntheticSamples(
  inputs: readonly SessionValue[],
  count: number,
  seed: number = DEFAULT_SEED,
): SampleSource {
  const shapes = openShapes(inputs.map(dimsOf));
  for (const [index, input] of inputs.entries()) refuseLarge(shapes[index]!, input);
  return {
    count,
    hasLabels: false,
    label: () => undefined,
    feeds: sample =>
      Object.fromEntries(
        inputs.map((input, index) => [
          input.name,
          draw(input, shapes[index]!, seed, sample * inputs.length + index),
        ]),
      ),
  };
}

function dimsOf({ name, dtype, dims }: SessionValue): readonly Dim[] {
  if (dtype === undefined || dims === undefined)
    throw new BitpressError('model_unsupported', `no random data can be made for input "${name}"`, {
      field: name,
      hint: 'Send calibration data.',
    });
  return dims;
}

function refuseLarge(shape: readonly number[], { name }: SessionValue): void {
  if (elementCount(shape) > MAX_ELEMENTS)
    throw new BitpressError(
      'model_unsupported',
      `input "${name}" of the shape [${shape.join(', ')}] is too large for random data`,
      { field: name, hint: 'Send calibration data.' },
    );
}

function draw(input: SessionValue, dims: readonly number[], seed: number, stream: number): RuntimeTensor {
  const dtype: ArrayDType = input.dtype!;
  const next = random(seed, stream);
  const length = elementCount(dims);
  if (isInteger(dtype)) {
    const ones = /mask/i.test(input.name);
    const bits = Uint8Array.from({ length }, () => (ones || next() >= 0.5 ? 1 : 0));
    return { dtype, dims, data: convertIntegers(bits, 'uint8', dtype, input.name) };
  }
  if (!isFloat(dtype)) throw new TypeError(`no random ${dtype}`);
  const normals = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    let sum = -6;
    for (let each = 0; each < 12; each++) sum += next();
    normals[index] = sum;
  }
  return { dtype, dims, data: dtype === 'float32' ? normals : encode(normals, dtype) };
}

/** Uniform numbers in [0, 1): Marsaglia's xorshift32, started far apart for each stream. */
function random(seed: number, stream: number): () => number {
  let state = Math.imul(seed ^ Math.imul(stream + 1, 0x9e3779b1), 0x85ebca6b) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
