/**
 * A constant of float32 as binary16, made piece by piece: to nearest, ties to even, finite numbers beyond the range as the
 * largest of it.
 */
import { Workspace } from '../kernels/workspace.ts';
import { MAX_FLOAT16_BITS } from '../tensor/float16.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { sharingOf, walkMatrix } from './walk-matrix.ts';

/** The bytes of the narrow numbers. A piece is good until the next is asked for. */
export function narrowFloat16(tensor: Tensor): Iterable<Uint8Array> {
  return Workspace.yields(function* (space) {
    const { kernels, source, result } = space;
    for (const { rows, width } of walkMatrix(tensor, sharingOf(tensor.dims, {}), space)) {
      const count = rows * width;
      kernels.narrowFloat16(source.at, count, MAX_FLOAT16_BITS, result.at);
      yield result.array.subarray(0, count * 2);
    }
  });
}
