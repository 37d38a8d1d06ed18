/**
 * Smallest and largest element of every part of a constant that shares parameters, read once, piece by piece.
 *
 * Invariant: laid out as DequantizeLinear reads scales (walk-matrix.ts). A part without elements has Infinity and
 * -Infinity.
 */
import { BitpressError } from '../../errors.ts';
import { Workspace } from '../kernels/workspace.ts';
import { type AxisExtents, firstNotFinite } from '../tensor/reduce.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { toFloat32 } from '../tensor/to-float32.ts';
import { type Sharing, walkMatrix } from './walk-matrix.ts';

const CHECK_TRAINING =
  'Weights like that come from a training that diverged: send an earlier checkpoint. Where the value is meant, leave its node out with "exclude".';

/** Of the size of a float32: infinity; every NaN lies above. */
const INFINITY_BITS = 0x7f800000;

/** @param count of the parts. @throws BitpressError model_invalid where the constant holds NaN or infinity */
export function weightExtents(tensor: Tensor, sharing: Sharing, count: number, name: string): AxisExtents {
  const min = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  const size = Workspace.use(space => {
    const { source, floats: low, highs: high, kernels } = space;
    const measure = sharing.by === 'runs' ? kernels.extentOfRuns : kernels.extentOfRows;
    let largest = 0;
    for (const { rows, width, shared, slot, slots } of walkMatrix(tensor, sharing, space)) {
      low.array.set(min.subarray(slot, slot + slots));
      high.array.set(max.subarray(slot, slot + slots));
      largest = Math.max(largest, measure(source.at, rows, width, shared, low.at, high.at));
      min.set(low.array.subarray(0, slots), slot);
      max.set(high.array.subarray(0, slots), slot);
    }
    return largest;
  });
  if (size < INFINITY_BITS) return { min, max };
  const data = toFloat32(tensor);
  const at = firstNotFinite(data);
  throw new BitpressError('model_invalid', `Constant "${name}" holds ${data[at]} at element ${at}.`, {
    hint: CHECK_TRAINING,
  });
}
