/**
 * Shows the values of runs to observers. An extent that vouches for nothing is put down: those runs are looked at
 * element by element afterwards.
 */
import type { Observers } from '../core/calibration/observers.ts';
import { isFiniteExtent } from '../core/tensor/reduce.ts';
import { BitpressError } from '../errors.ts';
import type { Visitor } from './show-values.ts';

export interface Doubt {
  readonly name: string;
  readonly sample: number;
}

export interface WatchedRuns extends Required<Visitor> {
  /** Values of samples whose extent said nothing, in the order of the runs. */
  readonly doubts: readonly Doubt[];
}

export function watchRuns(observers: Observers): WatchedRuns {
  const doubts: Doubt[] = [];
  return {
    doubts,
    visit(name, data, sample, dims) {
      const seen = observers.look(name, data, dims, sample);
      if (!isFiniteExtent(seen) && !observers.takesNonFinite(name))
        throw new BitpressError(
          'dataset_not_finite',
          `value "${name}" is NaN or infinite on calibration sample ${sample}`,
        );
    },
    visitExtent(name, { min, max, size }, sample) {
      // Nothing was reduced where a value has no elements.
      if (min > max) return;
      if (Number.isFinite(size) || observers.takesNonFinite(name))
        observers.observe(name, Float32Array.of(min, max), [2], { min, max });
      else doubts.push({ name, sample });
    },
  };
}
