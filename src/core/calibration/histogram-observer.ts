/** An observer whose range follows from a histogram of what it saw. */
import type { Extent } from '../tensor/reduce.ts';
import { Histogram } from './histogram.ts';
import type { Observer, Range } from './observer.ts';

export abstract class HistogramObserver implements Observer {
  readonly tally = new Histogram();

  observe(data: Float32Array, _samples?: number, _dims?: readonly number[], seen?: Extent): void {
    this.tally.add(data, seen);
  }

  look(data: Float32Array): Extent {
    return this.tally.look(data);
  }

  extremes(): Range {
    return this.tally.extremes();
  }

  abstract range(): Range;
}
