/**
 * One array bound to one input of a model: which elements make sample i, and how they become the input's tensor.
 *
 * Invariant: what does not fit is refused when it is bound, by array and input name with what was expected; only what
 * lies in the elements (NaN, a value that does not fit the type) is found when its sample is read.
 */
import { BitpressError } from '../../errors.ts';
import { isFloat } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/tensor.ts';
import { arrayToFloat32 } from '../tensor/to-float32.ts';
import { conversionProblem, convertFloats, convertIntegers, isInteger, requireFinite } from './convert.ts';
import type { DataArray } from './dataset.ts';
import { type Fit, fitShape } from './fit-shape.ts';
import { normalization, type Preprocess, permute, transpose } from './preprocess.ts';
import type { RuntimeTensor, SessionValue } from './samples.ts';

export interface BoundInput {
  readonly name: string;
  readonly samples: number;
  /** Rows of axis 0 that make a sample; undefined where axis 0 counts samples that are whole tensors. */
  readonly batch: number | undefined;
  read(sample: number): RuntimeTensor;
}

/** @throws BitpressError dataset_mismatch, invalid_spec, model_unsupported */
export function bindInput(array: DataArray, input: SessionValue, preprocess?: Preprocess): BoundInput {
  const { name, dtype } = input;
  const label = array.name === name ? `array "${name}"` : `array "${array.name}" (input "${name}")`;
  const field = `preprocess.${name}`;
  if (dtype === undefined)
    throw new BitpressError('model_unsupported', `input "${name}" is not a tensor of plain numbers`, {
      field: name,
    });
  if (preprocess && !isFloat(dtype))
    throw new BitpressError('invalid_spec', `${field} is given, but the input has type ${dtype}`, { field });
  const problem = conversionProblem(array.dtype, dtype, preprocess !== undefined);
  if (problem) throw mismatch(`${label} ${problem.what}`, problem.hint);
  const fit = fitShape(array.shape, input.dims, preprocess);
  if (!fit || array.shape.length === 0)
    throw mismatch(
      `${label} has the shape [${array.shape.join(', ')}], the input is ${show(input)}`,
      shapeHint(input),
    );
  return { name, batch: fit.batch, samples: countSamples(fit), read: reader(fit, dtype) };

  function countSamples({ batch = 1 }: Fit): number {
    const rows = array.shape[0]!;
    if (batch === 0 || rows % batch !== 0)
      throw mismatch(
        `${label} has ${rows} rows, which is no multiple of the batch of ${batch} that the model declares`,
        `Send a multiple of ${batch} rows.`,
      );
    return rows / batch;
  }

  function reader({ dims, axes }: Fit, to: NonNullable<typeof dtype>): BoundInput['read'] {
    const from = array.dtype;
    const size = elementCount(dims);
    const outer = axes ? permute(dims, axes) : dims;
    const normalize = preprocess && normalization(preprocess, field);
    return sample => {
      const at = `${label}, sample ${sample},`;
      const raw = array.read(sample * size, size);
      requireFinite(raw, from, at);
      if (isInteger(from) && isInteger(to))
        return { dtype: to, dims: outer, data: convertIntegers(raw, from, to, at) };
      if (!normalize) {
        const data = convertFloats(raw, from, to);
        if (from !== to) requireFinite(data, to, at);
        return { dtype: to, dims: outer, data };
      }
      const stored = arrayToFloat32(from, raw);
      const floats = axes ? transpose(stored, new Float32Array(size), dims, axes) : stored;
      normalize(floats, outer);
      const data = convertFloats(floats, 'float32', to);
      requireFinite(data, to, `${at} after preprocess`);
      return { dtype: to, dims: outer, data };
    };
  }

  function mismatch(detail: string, hint: string): BitpressError {
    return new BitpressError('dataset_mismatch', detail, { field: array.name, hint });
  }
}

export function show({ dtype, dims }: SessionValue): string {
  return `${dtype ?? 'not a tensor'}[${dims ? dims.map(showDim).join(', ') : 'any rank'}]`;
}

function shapeHint({ dims = [] }: SessionValue): string {
  const whole = ['samples', ...dims.map(showDim)].join(', ');
  if (dims.length === 0) return 'A scalar input takes an array of the shape [samples].';
  const cut = ['samples', ...dims.slice(1).map(showDim)].join(', ');
  return `Send [${cut}], or [${whole}] where each sample is a whole input.`;
}

function showDim(dim: number | string | undefined): string {
  return dim === undefined ? '?' : String(dim);
}
