/**
 * An output as rows of class scores, one row per label.
 *
 * The class axis is the one that the label lacks (the last one where several fit); where the label has another shape,
 * each label owns an equal run of elements. Labels below zero mean "ignore" and are left out.
 */
import { BitpressError } from '../../errors.ts';
import { numbers } from '../data/floats.ts';
import type { RuntimeTensor } from '../data/samples.ts';
import { elementCount } from '../tensor/tensor.ts';

/** `row` is the same buffer in each call. */
export type VisitRow = (row: Float64Array, label: number) => void;

export function visitClassRows(output: RuntimeTensor, label: RuntimeTensor, visit: VisitRow): void {
  const scores = numbers(output);
  const labels = numbers(label);
  const axis = classAxis(output.dims, label.dims);
  const classes = axis === undefined ? scores.length / labels.length : output.dims[axis]!;
  const inner = axis === undefined ? 1 : elementCount(output.dims.slice(axis + 1));
  if (!Number.isInteger(classes))
    throw new BitpressError(
      'dataset_mismatch',
      `${labels.length} labels do not divide an output of the shape [${output.dims.join(', ')}]`,
    );
  const row = new Float64Array(classes);
  for (let index = 0; index < labels.length; index++) {
    const truth = labels[index]!;
    if (truth < 0) continue;
    if (truth >= classes)
      throw new BitpressError(
        'dataset_mismatch',
        `label ${truth} is not one of the ${classes} classes of the output`,
      );
    const start = Math.floor(index / inner) * inner * classes + (index % inner);
    for (let each = 0; each < classes; each++) row[each] = scores[start + each * inner]!;
    visit(row, truth);
  }
}

function classAxis(output: readonly number[], label: readonly number[]): number | undefined {
  if (output.length !== label.length + 1) return undefined;
  for (let axis = output.length - 1; axis >= 0; axis--)
    if (output.every((dim, index) => index === axis || dim === label[index > axis ? index - 1 : index]))
      return axis;
  return undefined;
}

/** Index of the largest element, the first of equals; a NaN counts as the largest (as in numpy). */
export function argmax(row: ArrayLike<number>, start = 0, length = row.length): number {
  let best = 0;
  for (let index = 1; index < length; index++) {
    const top = row[start + best]!;
    if (Number.isNaN(top)) return best;
    const value = row[start + index]!;
    if (value > top || Number.isNaN(value)) best = index;
  }
  return best;
}
