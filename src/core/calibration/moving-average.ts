/**
 * The mean of each sample's minimum and of each sample's maximum: a rare outlier counts for one sample only.
 *
 * The unit is the sample, not the run, so that a batch of 8 gives what 8 batches of 1 give.
 */
import type { Static } from 'typebox';
import { Type } from '../schema.ts';
import { extent } from '../tensor/reduce.ts';
import { Extremes } from './extremes.ts';
import type { Calibrator, Observer, Range } from './observer.ts';

const Options = Type.Object({
  momentum: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Weight of each new sample against those before it; left out, all samples weigh alike',
    }),
  ),
});

class MovingAverageObserver implements Observer {
  readonly #momentum: number | undefined;
  readonly #seen = new Extremes();
  #samples = 0;
  #min = 0;
  #max = 0;

  constructor({ momentum }: Static<typeof Options>) {
    this.#momentum = momentum;
  }

  observe(data: Float32Array, samples = 1): void {
    if (data.length === 0) return;
    this.#seen.add(data);
    // A value whose elements do not divide among the samples (a batch folded into another axis) counts as one.
    const parts = data.length % samples === 0 ? samples : 1;
    const length = data.length / parts;
    for (let part = 0; part < parts; part++) {
      const { min, max } = extent(data.subarray(part * length, (part + 1) * length));
      this.#samples++;
      const weight = this.#samples === 1 ? 1 : (this.#momentum ?? 1 / this.#samples);
      this.#min += weight * (min - this.#min);
      this.#max += weight * (max - this.#max);
    }
  }

  range(): Range {
    return { min: this.#min, max: this.#max };
  }

  extremes(): Range {
    return this.#seen.range();
  }
}

export const movingAverage: Calibrator<typeof Options> = {
  id: 'moving-average',
  title: 'Moving average of minimum and maximum',
  summary: "The mean of the samples' own ranges. Choose it where a few samples are unusual.",
  options: Options,
  create: options => new MovingAverageObserver(options),
};
