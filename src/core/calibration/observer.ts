/**
 * What a statistic and an observer are: both see the values of one tensor, run by run; an observer in the end names a
 * range.
 *
 * Invariant: memory is constant in the number of elements seen, and the result does not depend on how the elements
 * were cut into calls (a batch of 8 gives what 8 batches of 1 give).
 */
import type { Static, TObject } from 'typebox';
import type { Identified } from '../../registry.ts';
import type { Extent } from '../tensor/reduce.ts';
import type { Tally } from './tally.ts';

/** A closed range of real values, not yet widened to hold zero. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The grid that the range will be cut into; observers that weigh clipping against rounding need it. */
export interface Grid {
  /** Number of codes, e.g. 256. */
  readonly levels: number;
  /** Zero in the middle of the grid (signed symmetric types). */
  readonly symmetric: boolean;
  /** How much of an error below zero is left in what reads the value; 1 where it is left out. */
  readonly belowZero?: number;
}

export interface Statistic {
  /**
   * Takes one run's elements, all finite unless it `takesNonFinite`.
   * @param samples how many samples the run held, in equal parts one after another
   * @param dims shape of the value in this run
   * @param seen smallest and largest of the elements, where somebody looked already
   * @param sample the first one's place among all samples, which may be shown in any order; in their order where left out
   */
  observe(data: Float32Array, samples: number, dims: readonly number[], seen?: Extent, sample?: number): void;
  /**
   * Takes one run's elements, of which nothing is known, and gives their extent, where that costs less than to look first.
   * What it holds means nothing any more where they are not finite.
   */
  look?(data: Float32Array): Extent;
  /** Two elements, the smallest and the largest of a run, tell it as much as all of them. */
  readonly wantsExtentOnly?: boolean;
  /** All that it keeps, where tallies of parts of the samples add up to that of all: `tally.ts`. */
  readonly tally?: Tally;
  /** NaN and infinity are no error to it: it looks at the finite elements. */
  readonly takesNonFinite?: boolean;
}

export interface Observer extends Statistic {
  /** As above; an observer of ranges asks for no shape, and takes the run for one sample where it is not told. */
  observe(data: Float32Array, samples?: number, dims?: readonly number[], seen?: Extent): void;
  /** The chosen range; zero to zero where no element has been observed. */
  range(): Range;
  /** Smallest and largest element seen. */
  extremes(): Range;
}

/** What an observer does, for users and for the registry. */
export interface Calibrator<S extends TObject = TObject> extends Identified {
  readonly title: string;
  /** One sentence for users: when to choose it. */
  readonly summary: string;
  readonly options: S;
  create(options: Static<S>, grid: Grid): Observer;
}
