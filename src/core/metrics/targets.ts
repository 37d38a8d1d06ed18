/** Targets are compared with an output element by element, so there must be as many. */
import { BitpressError } from '../../errors.ts';
import type { RuntimeTensor } from '../data/samples.ts';

export function requireSameCount(output: RuntimeTensor, label: RuntimeTensor): void {
  if (output.data.length !== label.data.length)
    throw new BitpressError(
      'dataset_mismatch',
      `targets of the shape [${label.dims.join(', ')}] do not fit an output of the shape [${output.dims.join(', ')}]`,
    );
}
