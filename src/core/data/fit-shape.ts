/**
 * Which elements of an array make one sample of an input. Two shapes are understood:
 *   1. the input's rank: axis 0 is cut into batches of the size the model declares, 1 where it is dynamic;
 *   2. one rank more: axis 0 counts samples, each a whole input tensor (sequence-first inputs, states, scalars).
 */
import { type Dim, dimsFit } from '../ir/value.ts';
import { type Preprocess, permute, transposition } from './preprocess.ts';

export interface Fit {
  /** Rows of axis 0 that make a sample; undefined in the second shape. */
  readonly batch: number | undefined;
  /** Shape of one sample as it is stored. */
  readonly dims: readonly number[];
  /** Where the layouts differ: the stored axis that each axis of the input comes from. */
  readonly axes: readonly number[] | undefined;
}

/** Undefined where the shape fits neither way. `expected` is undefined where not even the rank is known. */
export function fitShape(
  shape: readonly number[],
  expected: readonly Dim[] | undefined,
  preprocess?: Preprocess,
): Fit | undefined {
  if (expected === undefined) return { batch: 1, dims: [1, ...shape.slice(1)], axes: undefined };
  const perSample = shape.length === expected.length + 1;
  if (!perSample && shape.length !== expected.length) return undefined;
  const batch = perSample ? undefined : typeof expected[0] === 'number' ? expected[0] : 1;
  const dims = batch === undefined ? shape.slice(1) : [batch, ...shape.slice(1)];

  const layout = preprocess?.layout;
  const channels = Math.max(preprocess?.mean?.length ?? 1, preprocess?.std?.length ?? 1);
  const fits = (axes: readonly number[] | undefined): boolean => {
    const outer = axes ? permute(dims, axes) : dims;
    const channelsFit = channels === 1 || outer.at(layout === 'nchw' ? 1 : -1) === channels;
    return dimsFit(expected, outer) && (layout === undefined || channelsFit);
  };
  if (fits(undefined)) return { batch, dims, axes: undefined };
  if (layout === undefined || dims.length < 3) return undefined;
  const axes = transposition(layout, dims.length);
  return fits(axes) ? { batch, dims, axes } : undefined;
}
