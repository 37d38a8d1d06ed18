/** The whole range that was seen: nothing is clipped, and one outlier stretches the grid for everybody. */
import { Type } from '../schema.ts';
import type { Extent } from '../tensor/reduce.ts';
import { Extremes } from './extremes.ts';
import type { Calibrator, Observer, Range } from './observer.ts';

const Options = Type.Object({});

class MinMaxObserver implements Observer {
  readonly tally = new Extremes();
  readonly wantsExtentOnly = true;

  observe(data: Float32Array, _samples?: number, _dims?: readonly number[], seen?: Extent): void {
    this.tally.add(data, seen);
  }

  range(): Range {
    return this.tally.range();
  }

  extremes(): Range {
    return this.tally.range();
  }
}

export const minMax: Calibrator<typeof Options> = {
  id: 'min-max',
  title: 'Minimum and maximum',
  summary:
    'The whole range that the samples reach. Fastest, as no element has to be counted; good where activations are bounded.',
  options: Options,
  create: () => new MinMaxObserver(),
};
